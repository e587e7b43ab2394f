"""What to change where a live training does not learn: told by its losses and its accuracy."""

import math

GUESSING = math.log(10)  # the cross-entropy of ten equal probabilities
HIGH = 1.2  # times the loss of before the first step: beyond that, steps are too long
NEAR = 0.2  # accuracy: twice that of guessing
# Steps: before the first a high loss may still fall, by the second a network recovers, by the third it begins to learn.
SOON, RECOVERED, LATE = 20, 100, 300
DIVERGED = "The training diverged at step {step:,}: weights grew without bound. Lower the learning rate, and restart."


def advice(steps: int, first: float, worst: float, loss: float, accuracy: float) -> str:
    """A sentence, empty where the network learns.

    ``first``, ``worst`` and ``loss``: validation losses before the first step, the largest since then, and the latest.
    """
    limit = HIGH * max(first, GUESSING)
    if steps >= SOON and loss > limit:
        return (
            f"The learning rate is too high: the loss, {loss:,.2f}, is above that of guessing, {GUESSING:.2f}. "
            "Lower the learning rate."
        )
    if steps >= RECOVERED and accuracy <= NEAR and worst > limit:
        return (
            f"The network only guesses: {accuracy:.0%} are right, after a loss of up to {worst:,.2f}. The learning "
            "rate is too high: lower it."
        )
    if steps >= LATE and accuracy <= NEAR:
        return f"The network still guesses: {accuracy:.0%} are right. Try another learning rate or fewer layers."
    return ""
