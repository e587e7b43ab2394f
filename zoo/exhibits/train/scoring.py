"""From logits to figures: calibrated probabilities, the confusion matrix, doubtful labels, and each picture's score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.exhibits.train import measures
from zoo.exhibits.train.confident_learning import label_issues
from zoo.exhibits.train.cross_validation import temperature
from zoo.exhibits.train.results import Scored, Split

Floats = NDArray[np.float64]
CONFIDENT = 0.05  # this part of the right predictions has a lower confidence than ``unsure_below``


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides the logits; 19 in 20 right predictions have at least the probability ``unsure_below``."""

    temperature: float
    unsure_below: float

    @classmethod
    def of(cls, logits: Tensor, labels: Tensor) -> "Calibration":
        """From logits (N, K) of pictures that were not trained on, and their labels (N,)."""
        value = temperature(logits, labels)
        probabilities = (logits / value).softmax(1)
        confidence, predicted = probabilities.max(1)
        right = confidence[predicted == labels].numpy()
        return cls(value, float(np.quantile(right, CONFIDENT)) if len(right) else 0.0)

    def probabilities(self, logits: Tensor) -> Floats:
        """(N, K)."""
        values: Floats = (logits.double() / self.temperature).softmax(1).numpy()
        return values


@dataclass(frozen=True)
class Measured:
    """``accuracy`` and ``ece`` in [0, 1]; ``confusion``: counts, a row for each true class."""

    accuracy: float
    ece: float
    confusion: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, labels: NDArray[np.int64], probabilities: Floats) -> "Measured":
        predicted = probabilities.argmax(1)
        counts = measures.confusion(labels, predicted, probabilities.shape[1])
        accuracy = float((predicted == labels).mean())
        rows = tuple(tuple(int(count) for count in row) for row in counts)
        return cls(accuracy, measures.expected_calibration_error(labels, probabilities), rows)


def scored(
    ids: Sequence[str],
    splits: Sequence[Split],
    labels: NDArray[np.int64],
    probabilities: Floats,
    positions: NDArray[np.float32],
    classes: Sequence[str],
) -> tuple[Scored, ...]:
    """A score for each picture or text. Doubtful labels are sought among all but the test's pictures."""
    losses, predicted = measures.losses(labels, probabilities), probabilities.argmax(1)
    known = np.flatnonzero([split != "test" for split in splits])
    quality, doubtful = np.ones(len(ids)), np.zeros(len(ids), bool)
    if len(known):
        issues = label_issues(labels[known], probabilities[known])
        quality[known], doubtful[known] = issues.quality, issues.issues
    return tuple(
        Scored(
            id=id,
            label=classes[labels[index]],
            predicted=classes[predicted[index]],
            probabilities=tuple(probabilities[index].round(6).tolist()),
            loss=float(losses[index]),
            split=splits[index],
            position=(float(positions[index, 0]), float(positions[index, 1])),
            quality=float(quality[index]),
            issue=bool(doubtful[index]),
        )
        for index, id in enumerate(ids)
    )


def quick_map(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2) in [-1, 1]: the two first principal components, where there is no time for more."""
    positions = np.zeros((len(features), 2), np.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        left, values, _ = torch.pca_lowrank(torch.from_numpy(features), q=min(2, *features.shape), niter=1)
    positions[:, : left.shape[1]] = (left * values).numpy()
    return positions / max(1e-12, float(np.abs(positions).max()))
