"""Mode collapse in numbers: which parts of a distribution generated points reach."""

from dataclasses import dataclass

import numpy as np
import scipy.spatial

from zoo.exhibits.gan.distributions import Points, Target

ENOUGH = 0.2  # of a mode's share of the real points


@dataclass(frozen=True)
class Coverage:
    """``covered``: of each mode, whether it gets a fifth of its share or more. ``near``: share of points near one."""

    covered: tuple[bool, ...]
    near: float

    @property
    def count(self) -> int:
        return sum(self.covered)


def coverage(points: Points, target: Target) -> Coverage:
    """Of (N, 2) generated points. Points that are not finite are near no mode."""
    finite = np.asarray(np.isfinite(points).all(1))
    distances, nearest = scipy.spatial.cKDTree(target.modes).query(np.where(finite[:, None], points, 1e9))
    near = (distances <= target.radius) & finite
    counts = np.bincount(nearest[near], minlength=len(target.modes))
    covered = counts >= np.maximum(ENOUGH * target.fractions * len(points), 1)
    return Coverage(tuple(covered.tolist()), float(near.mean()))
