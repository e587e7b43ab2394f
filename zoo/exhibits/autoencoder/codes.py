"""What stands in the codes: principal directions, nearest neighbours, a map, and pictures between two codes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

DIRECTIONS = 8  # principal ones that have a slider


@dataclass(frozen=True)
class Directions:
    """Principal components of codes.

    ``mean``: (D,). ``vectors``: (K, D), of unit length, the one of the largest variance first. ``scales``: (K,)
    standard deviations along them. ``ratios``: (K,) of the whole variance.
    """

    mean: NDArray[np.float32]
    vectors: NDArray[np.float32]
    scales: NDArray[np.float32]
    ratios: NDArray[np.float32]

    def positions(self, codes: Tensor) -> NDArray[np.float32]:
        """(N, K) coordinates of (N, D) codes along the directions."""
        positions: NDArray[np.float32] = (codes.numpy() - self.mean) @ self.vectors.T
        return positions


def principal_directions(codes: Tensor, count: int = DIRECTIONS) -> Directions:
    """At most ``count`` directions of (N, D) codes, fewer where there are fewer codes; none of one code alone.

    The sign of each is such that its largest number is above zero.
    """
    points = codes.numpy().astype(np.float64)
    mean = points.mean(0)
    _, values, vectors = np.linalg.svd(points - mean, full_matrices=False)
    kept = min(count, int((values > 1e-6 * max(values[0], 1e-12)).sum()) if values[0] > 1e-9 else 0)
    vectors = vectors[:kept]
    largest = np.abs(vectors).argmax(1)
    vectors = vectors * np.sign(vectors[np.arange(kept), largest])[:, None]
    variances = values**2
    return Directions(
        mean.astype(np.float32),
        vectors.astype(np.float32),
        (values[:kept] / max(1, len(points) - 1) ** 0.5).astype(np.float32),
        (variances[:kept] / max(variances.sum(), 1e-12)).astype(np.float32),
    )


def nearest(codes: Tensor, code: Tensor, count: int) -> tuple[list[int], list[float]]:
    """Indices of the ``count`` codes of (N, D) that are nearest to (D,), and their Euclidean distances."""
    distances = (codes - code).norm(dim=1)
    order = distances.argsort()[:count]
    return order.tolist(), distances[order].tolist()


def interpolate(first: Tensor, last: Tensor, count: int) -> Tensor:
    """(count, D) codes on the straight line from (D,) to (D,), both ends included."""
    weights = torch.linspace(0, 1, count)[:, None]
    return (1 - weights) * first + weights * last
