"""What a network answers all over the plane of the two main components of the digits."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.exhibits.digits.students import Student
from zoo.exhibits.digits.training_digits import training_digits

CELLS = 28  # on a side
POINTS = 300  # validation digits on the map


@dataclass(frozen=True)
class DecisionMap:
    """``classes``: (28, 28) of the most probable digit, and ``confidence`` its probability, at the ``x`` and ``y``.

    ``points``: (300, 2) validation digits, and their ``labels``. ``explained``: the part of the variance of all pixels
    that lies in the plane.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    classes: NDArray[np.int64]
    confidence: NDArray[np.float32]
    points: NDArray[np.float32]
    labels: NDArray[np.int64]
    explained: float


@cache
def _plane() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """The mean digit, two directions, the points of validation digits, their labels, and the explained variance."""
    training, validation = training_digits()
    pixels = training.pictures.flatten(1)
    mean = pixels.mean(0)
    values, directions = torch.linalg.eigh(torch.cov((pixels - mean).T))
    two = directions[:, -2:].flip(1)
    chosen = torch.arange(0, len(validation.labels), len(validation.labels) // POINTS)[:POINTS]
    points = (validation.pictures.flatten(1)[chosen] - mean) @ two
    return mean, two, points, validation.labels[chosen], float(values[-2:].sum() / values.sum())


def decision_map(student: Student) -> DecisionMap:
    """The answers at 28 x 28 points of the plane, each as the picture that lies there. For the worker."""
    mean, two, points, labels, explained = _plane()
    low, high = points.amin(0) - 0.5, points.amax(0) + 0.5
    x, y = (torch.linspace(float(low[axis]), float(high[axis]), CELLS) for axis in (0, 1))
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).view(-1, 2)  # rows of y
    rows = student.probabilities((mean + grid @ two.T).view(-1, 1, 28, 28))
    shape = (CELLS, CELLS)
    return DecisionMap(
        x.numpy(),
        y.numpy(),
        rows.argmax(1).reshape(shape),
        rows.max(1).reshape(shape),
        points.numpy(),
        labels.numpy(),
        explained,
    )
