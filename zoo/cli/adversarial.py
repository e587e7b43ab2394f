"""How Adversarial's results read in a terminal."""

from zoo.cli.classify import answer_lines, note_lines
from zoo.exhibits.adversarial.results import (
    Attack,
    AttackExplanations,
    Defences,
    EpsilonCurve,
    SurrogateAttack,
    TransferMatrix,
)


def adversarial(result: Attack) -> str:
    lines = [answer_lines(result.before), answer_lines(result.after), result.summary]
    return "\n".join([*lines, *note_lines(result)])


def adversarial_epsilon_curve(result: EpsilonCurve) -> str:
    other = result.target or "best other class"
    lines = [f"{result.model}  {result.method}  [{result.restriction}]", f"  epsilon  {result.original}  {other}"]
    lines += [
        f"  {each.epsilon:7.2f}  {each.original_probability:7.1%}  {each.other_probability:7.1%}"
        for each in result.points
    ]
    smallest = result.smallest_epsilon
    return "\n".join([*lines, f"Smallest epsilon that fools it: {smallest:.2f}/255" if smallest else "Never fooled."])


def adversarial_transfer(result: TransferMatrix) -> str:
    lines = [
        f"{each.source} -> {each.victim}: {each.before} -> {each.after} ({each.probability:.1%})"
        f"{', fooled' if each.fooled else ''}"
        for each in result.cells
    ]
    return "\n".join([*lines, f"[{result.restriction}]"])


def adversarial_surrogate(result: SurrogateAttack) -> str:
    lines = [
        f"  {count:5} queries  margin {margin:6.2f}"
        for count, margin in zip(result.queries, result.margins, strict=True)
    ]
    return "\n".join([*lines, adversarial(result.attack)])


def adversarial_defences(result: Defences) -> str:
    lines = [f"{result.model}  {'fooled' if result.fooled else 'not fooled'}  [{result.restriction}]"]
    lines += [
        f"  {each.name:14}  {each.original} {each.original_probability:.1%}  "
        f"{each.adversarial} {each.adversarial_probability:.1%}  distance {each.l1_distance:.2f}"
        f"{'  recovered' if each.recovered else ''}"
        for each in result.results
    ]
    return "\n".join(lines)


def adversarial_explanations(result: AttackExplanations) -> str:
    methods = ", ".join(each.method for each in result.before.maps)
    labels = f"{result.before.label} before, {result.after.label} after the attack"
    return f"{result.model}: {methods} for {labels}. Save the picture with --output."
