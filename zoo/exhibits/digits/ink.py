"""The ink in a picture: dark on light or light on dark, on paper that is not evenly lit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_SIDE = 280  # pixels: larger pictures are made smaller first
MIN_CONTRAST = 24.0  # of 255, between ink and ground
LIGHT = "The digit is light on a dark ground: it was read so."
BLANK = "Nothing is drawn: all of the picture has one colour. Draw a digit, or upload a picture with one."
UNEVEN = (
    "No ink stands out in this picture: its background varies as much as a drawing would. Give a picture of one digit "
    "on plain paper."
)


@dataclass(frozen=True)
class Ink:
    """``values``: (H, W) in [0, 1], all 0 without ink. ``light``: whether it is lighter than its ground.

    ``missing``: why there is none, empty where there is.
    """

    values: NDArray[np.float32]
    light: bool
    missing: str = ""


def ink_of(picture: Image.Image) -> Ink:
    """The ink in a picture of any size.

    The ground is the shade along the edges, as a plane where they are not even; its noise is no ink.
    """
    small = picture.convert("L")
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    shades = np.asarray(small, np.float32)
    edge = np.ones(shades.shape, bool)
    width = max(1, min(shades.shape) // 28)
    edge[width:-width, width:-width] = False
    difference = shades - _ground(shades, edge)
    light = float((np.clip(difference, 0, None) ** 2).sum()) > float((np.clip(difference, None, 0) ** 2).sum())
    strength = np.clip(difference if light else -difference, 0, None)
    noise = 3 * float(np.median(np.abs(difference[edge])))
    peak = float(strength.max(initial=0))
    if peak - noise < MIN_CONTRAST:
        return Ink(np.zeros_like(shades), light, UNEVEN if peak >= MIN_CONTRAST else BLANK)
    ink: NDArray[np.float32] = np.clip((strength - noise) / (peak - noise), 0, 1).astype(np.float32)
    return Ink(ink, light)


def _ground(shades: NDArray[np.float32], edge: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W): the median of the edges, or the plane through them where they are of many shades and fit one."""
    middle = np.float32(np.median(shades[edge]))
    even = np.full_like(shades, middle)
    if np.median(np.abs(shades[edge] - middle)) < 1:
        return even
    y, x = np.indices(shades.shape)
    columns = np.stack([np.ones(shades.shape), x, y], -1)
    plane = (columns @ np.linalg.lstsq(columns[edge], shades[edge], rcond=None)[0]).astype(np.float32)
    better = np.median(np.abs((shades - plane)[edge])) < 0.7 * np.median(np.abs(shades[edge] - middle))
    return plane if better else even
