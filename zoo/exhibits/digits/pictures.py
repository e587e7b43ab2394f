"""Numbers as pictures: grey for ink, and from red over white to blue for what has a sign."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AGAINST, FOR = np.array([178, 24, 43], np.float32), np.array([33, 102, 172], np.float32)
WHITE = np.float32(255)
SCALE, GAP = 6, 12
Pixels = NDArray[np.uint8]


def signed(values: NDArray[np.floating], most: float | None = None) -> Pixels:
    """(..., 3) colours: blue above 0 and red below, strongest at ``most``, the largest magnitude where it is None."""
    most = most or float(np.abs(values).max(initial=0)) or 1.0
    part = np.clip(values / most, -1, 1)[..., None].astype(np.float32)
    colour = np.where(part > 0, FOR, AGAINST)
    coloured: Pixels = np.round(WHITE + np.abs(part) * (colour - WHITE)).astype(np.uint8)
    return coloured


def grey(values: NDArray[np.floating]) -> Pixels:
    """(..., 3): white at 0, black at 1 and above."""
    shades = np.round(255 * (1 - np.clip(values, 0, 1))).astype(np.uint8)
    return np.repeat(shades[..., None], 3, -1)


def tiles(pictures: Pixels, columns: int, gap: int = 2, background: int = 128) -> Image.Image:
    """(N, h, w, 3) side by side in a grid; transparent after the last, where its row is not full."""
    count, height, width, _ = pictures.shape
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), background, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + gap), index % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    if count == rows * columns:
        return Image.fromarray(sheet)
    opaque = np.full(sheet.shape[:2], 255, np.uint8)
    opaque[(rows - 1) * (height + gap) :, (count % columns) * (width + gap) - gap :] = 0
    return Image.fromarray(np.dstack([sheet, opaque]))


def enlarged(picture: Image.Image, factor: int) -> Image.Image:
    """Each pixel as a square."""
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def evidence_picture(normalised: NDArray[np.float32], evidence: Sequence[NDArray[np.float32]]) -> Image.Image:
    """The normalised picture and the evidence of each network, side by side."""
    drawn = np.stack([grey(normalised), *(signed(each) for each in evidence)])
    return tiles(np.repeat(np.repeat(drawn, SCALE, 1), SCALE, 2), len(drawn), GAP, 255)
