"""Accuracy, and macro-averaged recall as SemEval defines it (Rosenthal et al. 2017, doi:10.18653/v1/S17-2088)."""

import numpy as np
from numpy.typing import NDArray


def accuracy(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    return float((predicted == labels).mean())


def macro_recall(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """The mean over classes of the fraction of the class's texts that are predicted as it."""
    return float(np.mean([(predicted[labels == label] == label).mean() for label in np.unique(labels)]))
