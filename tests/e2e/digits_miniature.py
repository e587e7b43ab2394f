"""Digits' picture on the home page: a drawing, and the hidden units with the strongest votes."""

import numpy as np
from PIL import Image

from zoo.exhibits.digits import draw_strokes, ink_of_strokes, read_ink, tiles, unit_weights
from zoo.exhibits.digits.drawing import DRAWINGS
from zoo.exhibits.digits.pictures import signed

NAME, UNITS = "3", 12


def drawing() -> Image.Image:
    return draw_strokes(DRAWINGS[NAME])


def units() -> Image.Image:
    """The weights of the units that voted most for the digit."""
    weights, outputs = unit_weights()
    votes = read_ink(ink_of_strokes(DRAWINGS[NAME])).answers[1].hidden * outputs[int(NAME)]
    return tiles(signed(weights[np.argsort(-votes)[:UNITS]]), 4)
