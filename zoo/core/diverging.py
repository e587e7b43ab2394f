"""Trainings that stop where they diverge, with a sentence, instead of going on with numbers that are not finite."""

from collections.abc import Iterable
from typing import TypeVar

import torch
from torch.nn import Parameter
from torch.optim import Optimizer

from zoo.core.errors import InputError
from zoo.core.live_training import MOMENT, LiveTraining, Trainable

LARGEST_WEIGHT = 1e6  # beyond which a training has diverged
T = TypeVar("T", bound=Trainable)


class Diverged(InputError):
    """Numbers of a training have grown without bound."""


class StoppingTraining(LiveTraining[T]):
    """A training that its user advances until it diverges: no step follows then, and what trains says why."""

    def advance(self, steps: int = 1, seconds: float = MOMENT) -> int:
        """As of any training; 0 for one that has diverged."""
        try:
            return super().advance(steps, seconds)
        except Diverged:
            return 0


def update_within_bounds(optimiser: Optimizer, parameters: Iterable[Parameter]) -> bool:
    """A step of the optimiser, which is taken back where a weight exceeds ``LARGEST_WEIGHT``: False then."""
    parameters = list(parameters)
    before = [parameter.detach().clone() for parameter in parameters]
    optimiser.step()
    with torch.no_grad():
        if torch.stack([parameter.abs().max() for parameter in parameters]).max() < LARGEST_WEIGHT:  # NaN neither
            return True
        for parameter, value in zip(parameters, before, strict=True):
            parameter.copy_(value)
    return False
