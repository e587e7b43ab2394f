"""The Fréchet distance between two sets of pictures, by the features of a network (Heusel et al. 2017).

Each set is described by the mean and the covariance of its features; the distance is that of two normal distributions
with these (arXiv:1706.08500).
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray


@dataclass(frozen=True)
class Statistics:
    """``mean``: (F,). ``covariance``: (F, F)."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, features: NDArray[np.float64]) -> "Statistics":
        """Of (N, F) features, N two or more."""
        return cls(features.mean(0), np.cov(features, rowvar=False))


def frechet_distance(first: Statistics, second: Statistics) -> float:
    """The squared distance of the means plus that of the covariances, 0 for equal sets.

    The trace of the root of a product of covariances is the sum of the roots of its eigenvalues, which are those of a
    symmetric matrix: no root of a matrix is computed that could have imaginary parts.
    """
    root = _root(first.covariance)
    eigenvalues = scipy.linalg.eigvalsh(root @ second.covariance @ root)
    between = np.sqrt(eigenvalues.clip(0)).sum()
    apart = np.square(first.mean - second.mean).sum()
    return max(float(apart + np.trace(first.covariance) + np.trace(second.covariance) - 2 * between), 0.0)


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = scipy.linalg.eigh(matrix)
    root: NDArray[np.float64] = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return root
