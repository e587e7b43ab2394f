"""Distributions of points in the plane: named ones, and those of a visitor's own points or strokes."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.cluster.vq
import scipy.spatial
from numpy.typing import NDArray

from zoo.core.errors import InputError, TooLargeError
from zoo.core.plurals import counted
from zoo.exhibits.gan.knobs import Distribution

Points = NDArray[np.float32]  # (N, 2)
N_POINTS = 4000  # of a named distribution
MIN_POINTS, MAX_POINTS = 2, 5000
LARGEST = 1e30  # of a coordinate: squares of it must fit
SPREAD = 0.01  # of the noise around points of one's own, where the whole has a half side of 1: a GAN needs an area
DECIMAL_COMMA = r"[+-]?\d+(,\d+)?([eE][+-]?\d+)?"
FORMAT = "Write two numbers a line, as in 0.5,-1.2, or with decimal commas as in 0,5;-1,2."
N_PARTS = 20  # of a distribution without modes of its own


@dataclass(frozen=True)
class Target:
    """Real points, moved and scaled so that they lie within [-1, 1], and what they are measured by.

    ``points``: (N, 2). ``modes``: (K, 2) the centres of the parts that a good generator reaches all of, and
    ``fractions``: (K,) how much of the real points is nearest to each. ``radius``: how near to a mode a point must be
    to count. ``centre`` and ``scale``: of the visitor's own coordinates.
    """

    name: str
    points: Points
    modes: Points
    fractions: NDArray[np.float32]
    radius: float
    centre: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0

    def original(self, points: Points) -> NDArray[np.float64]:
        """Points in the visitor's own coordinates."""
        moved: NDArray[np.float64] = points.astype(np.float64) * self.scale + np.array(self.centre)
        return moved


def named(name: Distribution) -> Target:
    """One of the named distributions; the same points at each call."""
    generator = np.random.default_rng(0)
    if name in MODES:
        modes, spread = MODES[name]
        points = modes[generator.integers(len(modes), size=N_POINTS)] + generator.normal(0, spread, (N_POINTS, 2))
        fractions = np.full(len(modes), 1 / len(modes), np.float32)
        return Target(name, points.astype(np.float32), modes.astype(np.float32), fractions, 3 * spread)
    return of_points(SHAPES[name](generator).astype(np.float32), name)


def _ring() -> NDArray[np.float64]:
    angles = np.arange(8) * math.tau / 8
    centres: NDArray[np.float64] = 0.85 * np.stack((np.cos(angles), np.sin(angles)), 1)
    return centres


def _grid() -> NDArray[np.float64]:
    side = np.linspace(-0.88, 0.88, 5)
    centres: NDArray[np.float64] = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    return centres


def _moons(generator: np.random.Generator) -> NDArray[np.float64]:
    angles = generator.uniform(0, math.pi, N_POINTS)
    upper = generator.integers(2, size=N_POINTS).astype(bool)
    x = np.where(upper, np.cos(angles) - 0.5, 0.5 - np.cos(angles))
    y = np.where(upper, np.sin(angles) - 0.25, 0.25 - np.sin(angles))
    return 0.62 * np.stack((x, y), 1) + generator.normal(0, 0.03, (N_POINTS, 2))


def _spiral(generator: np.random.Generator) -> NDArray[np.float64]:
    turn = np.sqrt(generator.uniform(0.02, 1, N_POINTS))  # about evenly along the line
    angles = turn * 2 * math.tau
    points: NDArray[np.float64] = 0.92 * turn[:, None] * np.stack((np.cos(angles), np.sin(angles)), 1)
    return points + generator.normal(0, 0.015, (N_POINTS, 2))


def _line(generator: np.random.Generator) -> NDArray[np.float64]:
    x = generator.uniform(-0.9, 0.9, N_POINTS)
    return np.stack((x, 0.6 * x), 1) + generator.normal(0, 0.02, (N_POINTS, 2))


MODES: Mapping[str, tuple[NDArray[np.float64], float]] = {"ring of 8": (_ring(), 0.03), "grid of 25": (_grid(), 0.03)}
SHAPES: Mapping[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "two moons": _moons,
    "spiral": _spiral,
    "line": _line,
}


def of_points(points: Points, name: str, distinct: NDArray[np.floating] | None = None) -> Target:
    """Of points within [-1, 1]. A point is near a mode where 19 in 20 real points are.

    ``distinct``: what the points lie around; where they are few, these are the modes. Otherwise the modes are the
    centres of 20 clusters.
    """
    if distinct is not None and len(distinct) <= N_PARTS:
        modes: NDArray[np.floating] = distinct
    else:
        modes, _ = scipy.cluster.vq.kmeans(points[::4].astype(np.float64), N_PARTS, iter=3, seed=0)
    distances, nearest = scipy.spatial.cKDTree(modes).query(points)
    fractions = np.bincount(nearest, minlength=len(modes)) / len(points)
    radius = max(float(np.quantile(distances, 0.95)), 3 * SPREAD)
    return Target(name, points, modes.astype(np.float32), fractions.astype(np.float32), radius)


def of_own_points(points: NDArray[np.float64], name: str = "points of your own") -> Target:
    """Of (N, 2) points in any coordinates, with a little noise around each.

    Raises InputError for fewer than two points, points that are all the same, and numbers that are not finite or above
    1e30; TooLargeError for more than 5,000.
    """
    if len(points) > MAX_POINTS:
        raise TooLargeError(f"There are {len(points):,} points: give at most {MAX_POINTS:,}.")
    if len(points) < MIN_POINTS:
        count = "no point" if len(points) == 0 else "one point"
        raise InputError(f"There is {count} here: a distribution needs at least {MIN_POINTS}.")
    if not np.isfinite(points).all() or np.abs(points).max() > LARGEST:
        raise InputError("A coordinate is not a number, is infinite or above 1e30: leave such points out.")
    low, high = points.min(0), points.max(0)
    half = float((high - low).max()) / 2
    if half <= 1e-12 * max(1.0, float(np.abs(points).max())):
        raise InputError(f"All {len(points):,} points are the same: give at least two that differ.")
    centre = (low + high) / 2
    inside = 0.95 * (points - centre) / half
    repeated = np.resize(inside, (max(N_POINTS, len(points)), 2))
    noise = np.random.default_rng(0).normal(0, SPREAD, repeated.shape)
    target = of_points((repeated + noise).astype(np.float32), name, np.unique(inside, axis=0))
    return replace(target, centre=(float(centre[0]), float(centre[1])), scale=half / 0.95)


def parse_points(text: str) -> NDArray[np.float64]:
    """Two numbers a line, with a comma, a semicolon, a tab or blanks between; a first line of names is passed over.

    Where a semicolon, a tab or blanks are between, a comma in a number is its decimal point. Returns (N, 2). Raises
    InputError, which names the line, also for a text without a point.
    """
    rows: list[tuple[float, float]] = []
    lines = [(number, line) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1) if line.strip()]
    for place, (number, line) in enumerate(lines):
        values = [_number(cell) for cell in _cells(line)]
        if place == 0 and not any(value is not None for value in values):
            continue
        if len(values) != 2 or None in values:
            raise InputError(f"Line {number} is no point: {line.strip()[:40]!r}{_why(values)}. {FORMAT}")
        first, second = values
        assert first is not None
        assert second is not None
        if not (abs(first) <= LARGEST and abs(second) <= LARGEST):  # NaN neither
            raise InputError(f"Line {number}: a coordinate is not a number, is infinite or above 1e30: leave it out.")
        rows.append((first, second))
        if len(rows) > MAX_POINTS:
            raise TooLargeError(f"There are more than {MAX_POINTS:,} points: give fewer.")
    if not rows:
        raise InputError(f"There is no point here. {FORMAT}")
    return np.array(rows, np.float64)


def _cells(line: str) -> list[str]:
    """What stands between the separators of a line, numbers with a decimal point."""
    separated = re.split(r"\s*[;\t]\s*|\s+", line.strip().strip(";"))
    if len(separated) == 2 and all(re.fullmatch(DECIMAL_COMMA, cell) for cell in separated):
        return [cell.replace(",", ".") for cell in separated]
    return [cell for cell in re.split(r"[;,\s]+", line.strip()) if cell]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _why(values: Sequence[float | None]) -> str:
    if None in values:
        return ""
    return f" has {counted(len(values), 'number')}"


def along_strokes(strokes: Sequence[Sequence[tuple[float, float]]], count: int = 400) -> NDArray[np.float64]:
    """``count`` points evenly along drawn lines, (N, 2) with y upwards; a stroke of one point is one dot.

    ``strokes``: lists of (x, y) in [0, 1] with y downwards, as a canvas gives them. No stroke gives no point.
    """
    lines = [np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not lines:
        return np.empty((0, 2))
    dot = 0.02  # the length that a dot counts as
    lengths = [max(float(np.hypot(*np.diff(line, axis=0).T).sum()), dot) for line in lines]
    parts = []
    for line, length in zip(lines, lengths, strict=True):
        wanted = max(1, round(count * length / sum(lengths)))
        along = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
        places = np.linspace(0, along[-1], wanted)
        parts.append(np.stack([np.interp(places, along, line[:, axis]) for axis in (0, 1)], 1))
    return np.concatenate(parts) * (1, -1) + (0, 1)
