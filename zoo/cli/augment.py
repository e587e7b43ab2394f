"""How Augment's results read in a terminal."""

from zoo.cli.classify import note_lines
from zoo.exhibits.augment.results import Augmentation, AugmentedTable, BackTranslation, LearningCurve


def augment(result: Augmentation) -> str:
    lines = [f"{output.operation:<8}{output.text}" for output in result.outputs]
    return "\n".join([*lines, *note_lines(result)])


def augment_back_translation(result: BackTranslation) -> str:
    facts = f"{result.engine}, {result.language}  {result.milliseconds:.0f} ms  [{result.restriction}]"
    return f"{facts}\n  {result.pivot}\n{result.text}"


def augment_table(result: AugmentedTable) -> str:
    counts = f"{result.rows:,} rows became {result.written:,}; {result.skipped:,} repeated texts were left out"
    first = f"{counts}  [{result.restriction}]" if result.restriction else counts
    return "\n".join([first, *result.notes])


augment_back_translation_table = augment_table


def augment_learning_curve(result: LearningCurve) -> str:
    lines = [f"Accuracy on {result.held_out:,} held-out rows, mean and standard deviation of five draws"]
    for point in result.points:
        kind = "augmented" if point.augmented else "original"
        lines.append(f"  {point.rows:>4} rows, {kind:<10}{point.accuracy:6.1%} ± {point.deviation:.1%}")
    return "\n".join([*lines, *result.notes])
