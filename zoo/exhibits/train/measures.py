"""How good a classifier is: confusion, calibration, precision and recall, and the predictions that cost most.

Plain NumPy. ``labels``: (N,) class indices; ``probabilities``: (N, K), of which each row adds up to 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 15  # of equal width, as in Guo et al. 2017 (arXiv:1706.04599)
SMALLEST = 1e-12  # of a probability, so that its logarithm is finite

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Reliability:
    """Predictions by the probability of their class: ``edges`` (B + 1,) in [0, 1] of the bins, and of each bin (B,)
    the ``count`` of predictions, their mean ``confidence`` and their ``accuracy``; NaN where the bin is empty.
    """

    edges: Floats
    count: Integers
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """The expected calibration error, in [0, 1]: the mean distance of confidence and accuracy, by count."""
        if not self.count.sum():
            return 0.0
        distances = np.nan_to_num(np.abs(self.confidence - self.accuracy))
        return float((distances * self.count).sum() / self.count.sum())


@dataclass(frozen=True)
class ClassMeasures:
    """Of each class (K,): ``precision``, right among those predicted; ``recall``, right among those that are.

    NaN where nothing was predicted to be of the class, or nothing is.
    """

    precision: Floats
    recall: Floats


def confusion(labels: ArrayLike, predicted: ArrayLike, classes: int) -> Integers:
    """(K, K) counts: of the class of the row, predicted to be of that of the column."""
    cells = np.asarray(labels, np.int64) * classes + np.asarray(predicted, np.int64)
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def class_measures(counts: ArrayLike) -> ClassMeasures:
    """Precision and recall of each class, of a confusion matrix (K, K)."""
    matrix = np.asarray(counts, np.float64)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN on purpose
        return ClassMeasures(np.diag(matrix) / matrix.sum(0), np.diag(matrix) / matrix.sum(1))


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Reliability:
    """The confidence of predictions against their accuracy, in bins of equal width, closed at their upper edge."""
    probabilities = np.asarray(probabilities, np.float64)
    edges = np.linspace(0.0, 1.0, bins + 1)
    confidence = probabilities.max(1, initial=0.0)
    right = probabilities.argmax(1) == np.asarray(labels) if len(probabilities) else np.zeros(0, bool)
    index = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(index, confidence, bins) / count
        accuracy = np.bincount(index, right, bins) / count
    return Reliability(edges, count, mean, accuracy)


def expected_calibration_error(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> float:
    """In [0, 1]: by how much the probabilities of predictions and their accuracy differ on average."""
    return reliability(labels, probabilities, bins).error


def losses(labels: ArrayLike, probabilities: ArrayLike) -> Floats:
    """(N,) cross-entropies in nats: minus the logarithm of the probability of the label."""
    probabilities, labels = np.asarray(probabilities, np.float64), np.asarray(labels, np.int64)
    values: Floats = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], SMALLEST))
    return values


def top_losses(labels: ArrayLike, probabilities: ArrayLike, count: int | None = None) -> Integers:
    """The indices of the ``count`` largest losses, or of all, the largest first."""
    return np.argsort(-losses(labels, probabilities), kind="stable")[:count]
