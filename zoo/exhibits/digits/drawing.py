"""Strokes as a picture, computed alike here and in the browser."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PEN = 0.035  # radius of the pen, as a part of the side of the canvas
RASTER = 112  # pixels of a drawing's side, four for each of the normalised picture

Stroke = Sequence[tuple[float, float]]  # points in 0 to 1, from the left and from the top


def ink_of_strokes(strokes: Sequence[Stroke]) -> NDArray[np.float32]:
    """(112, 112) ink in [0, 1]: by the distance of each pixel's middle from the lines, with soft edges.

    ``JS`` of the page's component computes the same.
    """
    middles = (np.arange(RASTER, dtype=np.float64) + 0.5) / RASTER
    x, y = middles[None, :], middles[:, None]
    nearest = np.full((RASTER, RASTER), np.inf)
    for stroke in strokes:
        for (ax, ay), (bx, by) in zip(stroke, [*stroke[1:], stroke[-1]], strict=True):
            dx, dy = bx - ax, by - ay
            length = dx * dx + dy * dy
            t = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length else 0.0
            nearest = np.minimum(nearest, np.hypot(x - ax - t * dx, y - ay - t * dy))
    ink: NDArray[np.float32] = np.clip((PEN - nearest) * RASTER + 0.5, 0, 1).astype(np.float32)
    return ink


def draw_strokes(strokes: Sequence[Stroke]) -> Image.Image:
    """The same as a picture of dark ink on white."""
    return Image.fromarray(np.round(255 * (1 - ink_of_strokes(strokes))).astype(np.uint8)).convert("RGB")


def _arc(x: float, y: float, width: float, height: float, start: float, end: float) -> list[tuple[float, float]]:
    """Points of an ellipse about (x, y), from one angle to another in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 24))
    return [(round(x + width * np.cos(a), 4), round(y + height * np.sin(a), 4)) for a in angles]


DRAWINGS: dict[str, list[list[tuple[float, float]]]] = {
    "3": [[*_arc(0.48, 0.34, 0.18, 0.14, -150, 90), *_arc(0.47, 0.66, 0.22, 0.18, -90, 150)]],
    "7": [[(0.3, 0.24), (0.72, 0.22), (0.58, 0.5), (0.44, 0.82)]],
    "4": [[(0.36, 0.2), (0.28, 0.55), (0.7, 0.53)], [(0.62, 0.25), (0.56, 0.84)]],
    "small 9 in a corner": [[*_arc(0.82, 0.14, 0.07, 0.06, 0, -360), (0.89, 0.14), (0.87, 0.34)]],
    "letter A": [[(0.25, 0.82), (0.5, 0.18), (0.75, 0.82)], [(0.34, 0.58), (0.66, 0.58)]],
    "scribble": [
        [
            (0.2, 0.5),
            (0.7, 0.2),
            (0.3, 0.75),
            (0.8, 0.6),
            (0.25, 0.3),
            (0.6, 0.85),
            (0.85, 0.35),
            (0.4, 0.4),
            (0.5, 0.7),
        ]
    ],
}
