"""Which labels are wrong, by probabilities from models that were not trained on the picture in question.

Confident learning, Northcutt et al. 2021 (arXiv:1911.00068), with the choices of the library cleanlab: labels are
pruned by noise rate and ranked by self-confidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo.exhibits.train.measures import confusion

LOWEST_THRESHOLD = 2e-6  # of a class; below it, classes without any confidence would claim every picture
TOLERANCE = MARGIN = 1e-6
TINY = 1e-100

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class LabelIssues:
    """``order``: (N,) indices, the ``n_issues`` labels that are likely wrong first, and by quality within.

    ``quality``: (N,) in [0, 1], the probability of the label itself. ``joint``: (K, K) estimated counts; the row is the
    given label, the column the true one; they add up to N.
    """

    order: Integers
    quality: Floats
    n_issues: int
    joint: Integers

    @property
    def issues(self) -> NDArray[np.bool_]:
        """(N,) whether each label is likely wrong."""
        mask = np.zeros(len(self.order), bool)
        mask[self.order[: self.n_issues]] = True
        return mask


def label_issues(labels: ArrayLike, probabilities: ArrayLike) -> LabelIssues:
    """The labels that are likely wrong; ``labels``: (N,) class indices, ``probabilities``: (N, K), out of fold.

    No label is called wrong that has the highest probability of its picture, and at least one picture of each class
    keeps its label.
    """
    given, probs = np.asarray(labels, np.int64), np.asarray(probabilities, np.float64)
    joint = confident_joint(given, probs)
    quality = probs[np.arange(len(given)), given]
    issues = _pruned_by_noise_rate(given, probs, _counts_to_prune(joint)) & ~_agrees(given, probs)
    order = np.lexsort((quality, ~issues))
    return LabelIssues(order, quality, int(issues.sum()), joint)


def confident_joint(labels: Integers, probs: Floats) -> Integers:
    """(K, K): how many pictures of each given label are of each true class, in all as many as there are labels.

    A picture counts for a class where its probability reaches the mean probability of that class over the pictures
    that are labelled so; for the most probable one where there are several.
    """
    classes = probs.shape[1]
    confident = probs >= _thresholds(labels, probs) - TOLERANCE
    several = confident.sum(1) > 1
    true = np.where(several, probs.argmax(1), confident.argmax(1))
    some = confident.any(1)
    counts = confusion(labels[some], true[some], classes)
    np.fill_diagonal(counts, counts.diagonal().clip(min=1))
    per_class = np.bincount(labels, minlength=classes)
    calibrated = np.ascontiguousarray(counts.T) / counts.sum(1).clip(min=TINY) * per_class
    # Summed in the order in which cleanlab does: the last bit of the sum decides ties of the rounding.
    return _rounded((calibrated / calibrated.sum().clip(min=TINY) * per_class.sum()).T)


def _thresholds(labels: Integers, probs: Floats) -> Floats:
    """(K,) the mean probability of each class among the pictures labelled so; above 1 where there are none."""
    means = [probs[labels == k, k].mean() if (labels == k).any() else 2.0 for k in range(probs.shape[1])]
    return np.maximum(means, LOWEST_THRESHOLD)


def _counts_to_prune(joint: Integers) -> Integers:
    """(K, K), rows true, columns given: the joint, such that one picture of each given label stays."""
    matrix = joint.T.astype(np.float64)
    diagonal = matrix.diagonal()
    kept = np.maximum(diagonal, 1)
    rates = np.maximum(np.count_nonzero(matrix, axis=0) - 1.0, 1.0)
    fewer = np.maximum(matrix - (kept - diagonal) / rates, 0)
    np.fill_diagonal(fewer, kept)
    return _rounded(fewer.astype(np.int64).astype(np.float64))


def _pruned_by_noise_rate(labels: Integers, probs: Floats, counts: Integers) -> NDArray[np.bool_]:
    """Of each pair of a given and a true class, as many pictures as were counted, of the largest margin."""
    issues = np.zeros(len(labels), bool)
    for given in range(probs.shape[1]):
        members = np.flatnonzero(labels == given)
        if len(members) < 2:
            continue
        for true in np.flatnonzero(counts[:, given]):
            if true != given:
                margin = probs[members, true] - probs[members, given]
                issues[members[np.argsort(-margin)[: counts[true, given]]]] = True
    return issues


def _agrees(labels: Integers, probs: Floats) -> NDArray[np.bool_]:
    """Whether a label is the most probable class, or as good as it."""
    favoured = probs.copy()
    favoured[np.arange(len(labels)), labels] += MARGIN
    agrees: NDArray[np.bool_] = favoured.argmax(1) == labels
    return agrees


def _rounded(matrix: Floats) -> Integers:
    """Each row in whole numbers that add up to its rounded sum: those that were rounded furthest are moved."""
    rounded = matrix.round()
    for row, whole in zip(matrix, rounded, strict=True):
        while difference := int(row.sum().round() - whole.sum()):
            step = 1 if difference > 0 else -1
            furthest = np.argsort(row - whole)[::-step][: abs(difference)]
            whole[furthest] += step
    return rounded.astype(np.int64)
