"""How Classify's results read in a terminal."""

from typing import Any

from zoo.core.answers import Answer
from zoo.exhibits.classify.results import Classification, Explanations, HeatMap


def note_lines(result: Any) -> list[str]:
    """What a result tells of its input."""
    return [f"Note: {note}" for note in result.notes]


def answer_lines(answer: Answer) -> str:
    """A model's most probable classes, one a line."""
    lines = [f"{answer.model}  {answer.milliseconds:.0f} ms  [{answer.restriction}]"]
    lines += [f"  {prediction.probability:7.1%}  {prediction.label}" for prediction in answer.predictions]
    return "\n".join(lines + (["  Low confidence: this may be none of its classes."] if answer.unsure else []))


def classify(result: Classification) -> str:
    answers = map(answer_lines, (*result.answers, *([result.ensemble] if result.ensemble else [])))
    return "\n".join([*answers, *note_lines(result)])


def classify_heat_map(result: HeatMap) -> str:
    rows, columns = result.heat.shape
    row, column = divmod(int(result.heat.argmax()), columns)
    left, top, right, bottom = result.box
    x, y = left + (column + 0.5) / columns * (right - left), top + (row + 0.5) / rows * (bottom - top)
    evidence = f"evidence for {result.label}, strongest near pixel ({x:.0f}, {y:.0f})"
    return "\n".join([f"{result.model}  [{result.restriction}]", f"  {evidence}", *note_lines(result)])


def classify_explanations(result: Explanations) -> str:
    methods = ", ".join(explanation.method for explanation in result.maps)
    lines = [f"{result.model}  [{result.restriction}]", f"  {methods} for {result.label}", *note_lines(result)]
    return "\n".join(lines)
