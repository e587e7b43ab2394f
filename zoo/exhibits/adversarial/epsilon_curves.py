"""How far the pixels must move until a network is fooled: confidence against epsilon, and the least that does it."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from zoo.core.jobs import Progress, Steps
from zoo.exhibits.adversarial.context import Case, open_case
from zoo.exhibits.adversarial.knobs import AttackKnobs
from zoo.exhibits.adversarial.outcomes import attacked

EPSILONS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
HALVINGS = 5
REACH = 2.5  # how many times epsilon all steps of an iterated attack together are long, as in Madry's PGD


@dataclass(frozen=True)
class Point:
    """At ``epsilon`` (in 1/255) two probabilities in [0, 1], and whether the attack reached its goal."""

    epsilon: float
    original: float
    other: float
    fooled: bool


@dataclass(frozen=True)
class Curve:
    """``smallest``: the least epsilon found to fool the model, in 1/255; None where 32 did not.

    ``original``: the class that the clean picture is given. A point's ``other`` is that of the ``target`` or, where
    that is empty, of the most probable class beside the original. Epsilons between 8-bit steps count:
    this is about the network, not about files.
    """

    model: str
    method: str
    original: str
    target: str
    points: tuple[Point, ...]
    smallest: float | None


def curve(image: Image.Image, knobs: AttackKnobs | None = None) -> Steps[Curve]:
    """Attack with growing epsilon, then halve the gap between the last that failed and the first that fooled; a job.

    The knobs' epsilon and step size are not asked: iterated attacks take steps of 2.5 epsilon in all. Raises as
    ``attack`` does.
    """
    knobs = knobs or AttackKnobs()
    case = open_case(image, knobs)
    total = len(EPSILONS) + HALVINGS
    points: list[Point] = []
    for step, epsilon in enumerate(EPSILONS, 1):
        points.append((yield from _point(case, knobs, epsilon, Progress(step, total, f"Epsilon {epsilon:g}"))))
    high = next((point.epsilon for point in points if point.fooled), None)
    if high:
        low = max(point.epsilon for point in points if point.epsilon < high)
        for step in range(len(EPSILONS) + 1, total + 1):
            middle = (low + high) / 2
            told = Progress(step, total, f"Epsilon {middle:.2f}")
            point = yield from _point(case, knobs, middle, told)
            low, high = (low, middle) if point.fooled else (middle, high)
    best = case.card.classes[int(case.row.argmax())].label
    target = case.card.classes[case.aim].label if case.targeted else ""
    return Curve(case.card.name, knobs.method, best, target, tuple(points), high)


def _point(case: Case, knobs: AttackKnobs, epsilon: float, told: Progress) -> Steps[Point]:
    """The attack at one epsilon, a step of progress for each of its own."""
    size = max(0.05, min(8.0, REACH * epsilon / knobs.steps))
    moved = case.clean
    for pixels in attacked(case, knobs.model_copy(update={"epsilon": epsilon, "step_size": size})):
        moved = pixels
        yield told
    row = case.odds(moved)[0]
    fooled = case.fooled(row)
    best = int(case.row.argmax())
    original = float(row[best])
    other = float(row[case.aim]) if case.targeted else float(np.delete(row, best).max())
    return Point(epsilon, original, other, fooled)
