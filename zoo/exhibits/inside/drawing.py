"""Activations and parts of inputs as pictures."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo.core.gradcam import apply_colormap

TILE, GAP = 92, 4  # pixels of a map's longer side in a grid, and between two
BACKGROUND = (128, 128, 128)
CELL = 12  # pixels of a unit's row in a heat map


def scaled(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """(N, ...) with each of N in [0, 1], from its own least value to its own largest; a constant one is 0."""
    flat = values.reshape(len(values), -1).astype(np.float32)
    low, high = flat.min(1, keepdims=True), flat.max(1, keepdims=True)
    between: NDArray[np.float32] = ((flat - low) / np.maximum(high - low, 1e-12)).reshape(values.shape)
    return between


def colours(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Values in [0, 1] of any shape as colours, (..., 3)."""
    return apply_colormap(values).round().astype(np.uint8)


def tile_size(height: int, width: int) -> tuple[int, int]:
    """(width, height) of a map in a grid."""
    scale = TILE / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def grid(maps: NDArray[np.floating], columns: int = 8) -> Image.Image:
    """(N, H, W) as coloured tiles, each scaled to its own range, ``columns`` a row."""
    size = tile_size(*maps.shape[1:])
    tiles = [Image.fromarray(each).resize(size, Image.Resampling.NEAREST) for each in colours(scaled(maps))]
    return side_by_side(tiles, columns, size)


def side_by_side(pictures: Sequence[Image.Image], columns: int, size: tuple[int, int]) -> Image.Image:
    """Pictures in rows on grey, each in a cell of ``size`` (width, height); one of no picture is one grey cell."""
    rows = max(1, math.ceil(len(pictures) / columns))
    columns = max(1, min(columns, len(pictures)))
    step_x, step_y = size[0] + GAP, size[1] + GAP
    sheet = Image.new("RGB", (columns * step_x - GAP, rows * step_y - GAP), BACKGROUND)
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % columns * step_x, index // columns * step_y))
    return sheet


def heat_map(values: NDArray[np.floating]) -> Image.Image:
    """(N, T): a row a unit, each scaled to its own range."""
    width = max(values.shape[1], min(960, CELL * values.shape[1]))
    return Image.fromarray(colours(scaled(values))).resize((width, CELL * len(values)), Image.Resampling.NEAREST)


def spectrogram_part(values: NDArray[np.floating], low: float, high: float) -> Image.Image:
    """(bands, frames) of a spectrogram whose least and largest value are given, low frequencies at the bottom."""
    return Image.fromarray(colours(np.flipud((values - low) / max(high - low, 1e-12))))


def waveform_part(samples: NDArray[np.floating], size: tuple[int, int] = (TILE, TILE)) -> Image.Image:
    """(N,) samples as their outline, from the least to the largest of each column, on white."""
    width, height = size
    parts = np.array_split(samples, min(width, max(1, len(samples))))
    peak = max(float(np.abs(samples).max(initial=0.0)), 1e-12)
    picture = np.full((height, width, 3), 255, np.uint8)
    for column in range(width):
        part = parts[column * len(parts) // width]
        top, bottom = (round((1 - float(value) / peak) / 2 * (height - 1)) for value in (part.max(), part.min()))
        picture[top : bottom + 1, column] = (15, 107, 92)
    return Image.fromarray(picture)
