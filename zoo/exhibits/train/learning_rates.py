"""The learning rate: found by a ramp (Smith 2015, arXiv:1506.01186), and changed over a training as one cycle."""

import math
from collections.abc import Callable, Sequence

import torch

from zoo.core.steps import PAUSE, Steps

LOWEST, HIGHEST = 1e-5, 10.0
RAMP = 80  # steps of the ramp
MOMENTUM = 0.9  # of the smoothed loss
DIVERGED = 4.0  # times the lowest smoothed loss: the ramp ends
START, END = 1 / 25, 1e-3  # of a cycle, as parts of its peak
WARM_UP = 0.25  # the part of a cycle in which the rate rises
Curve = tuple[tuple[float, float], ...]


def ramp(step: Callable[[float], float]) -> Steps[Curve]:
    """(learning rate, smoothed loss) of training steps with ever higher rates, until the loss diverges; a job.

    ``step``: one training step at a rate; its loss.
    """
    curve: list[tuple[float, float]] = []
    average, lowest = 0.0, math.inf
    for number in range(RAMP):
        rate = LOWEST * (HIGHEST / LOWEST) ** (number / (RAMP - 1))
        average = MOMENTUM * average + (1 - MOMENTUM) * step(rate)
        smoothed = average / (1 - MOMENTUM ** (number + 1))
        if not math.isfinite(smoothed) or smoothed > DIVERGED * lowest:
            break
        lowest = min(lowest, smoothed)
        curve.append((rate, smoothed))
        yield PAUSE
    return tuple(curve)


def suggestion(curve: Sequence[tuple[float, float]]) -> float:
    """A rate in the middle of the longest fall of the loss: two thirds along it, on the logarithmic scale.

    The longest fall is the longest subsequence of falling losses (the "valley" of fastai's finder). Of an empty curve,
    the lowest rate.
    """
    losses = [loss for _, loss in curve]
    if not losses:
        return LOWEST
    lengths, before = [1] * len(losses), [-1] * len(losses)
    for index, loss in enumerate(losses):
        for earlier in range(index):
            if losses[earlier] > loss and lengths[earlier] >= lengths[index]:
                lengths[index], before[index] = lengths[earlier] + 1, earlier
    end = start = max(range(len(losses)), key=lambda index: lengths[index])
    while before[start] >= 0:
        start = before[start]
    return curve[start + round((end - start) * 2 / 3)][0]


def one_cycle(step: int, total: int, peak: float) -> float:
    """The rate of a step, counted from 0: up to ``peak`` and down again, along half waves of a cosine.

    >>> [round(one_cycle(step, 9, 1.0), 2) for step in (0, 2, 8)]
    [0.04, 1.0, 0.0]
    """
    top = WARM_UP * max(1, total - 1)
    if step < top:
        low, part = START * peak, step / top
    else:
        low, part = END * peak, 1 - (step - top) / max(1e-9, total - 1 - top)
    return low + (peak - low) * (1 - math.cos(math.pi * min(1.0, max(0.0, part)))) / 2


def set_rates(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rates of an optimizer's groups: ``rate``, times the ``scale`` of a group where it has one."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("scale", 1.0)
