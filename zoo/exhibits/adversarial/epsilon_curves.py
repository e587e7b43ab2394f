"""Probabilities against epsilon, and a search for the smallest epsilon that fools a model."""

import numpy as np

from zoo.core.inputs import ImageLike
from zoo.core.steps import Progress, Steps
from zoo.exhibits.adversarial.context import AttackContext, attack_context
from zoo.exhibits.adversarial.knobs import EpsilonCurveKnobs, MethodKnobs
from zoo.exhibits.adversarial.results import EpsilonCurve, EpsilonPoint
from zoo.exhibits.adversarial.single_attack import perturb

EPSILONS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
BISECTIONS = 5
PATH_LENGTH = 2.5  # of all steps of an iterated attack together, in units of epsilon, as in Madry's PGD


def epsilon_curve(image: ImageLike, knobs: EpsilonCurveKnobs | None = None) -> Steps[EpsilonCurve]:
    """Attack with growing epsilon, then bisect between the last that failed and the first that succeeded; a job.

    Raises what ``attack_context`` raises.
    """
    knobs = knobs or EpsilonCurveKnobs()
    context = attack_context(image, knobs)
    total = len(EPSILONS) + BISECTIONS
    points: list[EpsilonPoint] = []
    for step, epsilon in enumerate(EPSILONS, 1):
        points.append((yield from _point(context, knobs, epsilon, Progress(step, total, f"Epsilon {epsilon:g}"))))
    high = next((point.epsilon for point in points if point.fooled), None)
    if high:
        low = max(point.epsilon for point in points if point.epsilon < high)
        for step in range(len(EPSILONS) + 1, total + 1):
            middle = (low + high) / 2
            point = yield from _point(context, knobs, middle, Progress(step, total, f"Epsilon {middle:.2f}"))
            low, high = (low, middle) if point.fooled else (middle, high)
    return EpsilonCurve(
        model=context.card.name,
        restriction=context.card.restriction,
        method=knobs.method,
        original=context.label(int(context.probabilities.argmax())),
        target=context.label(context.class_index) if context.targeted else "",
        points=tuple(points),
        smallest_epsilon=high,
    )


def at_epsilon(knobs: EpsilonCurveKnobs, epsilon: float) -> MethodKnobs:
    """The attack at one epsilon (in 1/255)."""
    step_size = max(0.05, min(8.0, PATH_LENGTH * epsilon / knobs.steps))
    return MethodKnobs(method=knobs.method, epsilon=epsilon, steps=knobs.steps, step_size=step_size, seed=knobs.seed)


def _point(context: AttackContext, knobs: EpsilonCurveKnobs, epsilon: float, progress: Progress) -> Steps[EpsilonPoint]:
    """One record of progress for each step of the attack."""
    adversarial = context.pixels
    for pixels in perturb(context, at_epsilon(knobs, epsilon)):
        adversarial = pixels
        yield progress
    (probabilities,) = context.predict(adversarial)
    predicted = int(context.probabilities.argmax())
    if context.targeted:
        other = float(probabilities[context.class_index])
    else:
        other = float(np.delete(probabilities, predicted).max())
    return EpsilonPoint(epsilon, float(probabilities[predicted]), other, context.fooled(probabilities))
