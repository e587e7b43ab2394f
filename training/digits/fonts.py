"""Letters and digits drawn with fonts: one set of fonts to train with, another to measure with."""

import random
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FRAME = 64  # pixels of what is drawn
# DejaVu and STIX come with matplotlib; the others are packages of the group "fonts".
TRAINING_FONTS = ("DejaVu*", "Roboto*", "AmaticSC*", "Caladea*")
MEASURED_FONTS = ("Lato*", "Manrope*", "Intuitive*", "STIXGeneral*")
PACKAGES = (
    "matplotlib",
    "font_roboto",
    "font_amatic_sc",
    "font_caladea",
    "font_lato",
    "font_manrope",
    "font_intuitive",
)
LIKE_DIGITS = {"O": 0, "o": 0, "I": 1, "l": 1}  # nothing tells these letters from digits
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIGNS = "ÄÖÅßÉñçğ?!&@#%€$+=*<>{}[]~^/"


@cache
def font_files(patterns: tuple[str, ...]) -> list[Path]:
    """The files of fonts by patterns of their names. Raises FileNotFoundError where a pattern has none."""
    folders = [Path(spec.origin).parent for name in PACKAGES if (spec := find_spec(name)) and spec.origin]
    by_pattern = [sorted(file for folder in folders for file in folder.rglob(f"{each}.ttf")) for each in patterns]
    if not all(by_pattern):
        raise FileNotFoundError("Some fonts are missing: install them, `uv pip install --group fonts`.")
    return [file for files in by_pattern for file in files if "Display" not in file.name]


@cache
def _font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)


def draw_character(character: str, patterns: tuple[str, ...], rng: random.Random) -> NDArray[np.uint8]:
    """(64, 64) ink from 0 to 255, in a random font and size, turned by up to 15 degrees."""
    # A family at first: one with many weights is no more frequent for it.
    family = rng.choice(patterns)
    font = _font(rng.choice(font_files((family,))), rng.choice((26, 32, 38, 44)))
    picture = Image.new("L", (FRAME, FRAME))
    ImageDraw.Draw(picture).text((FRAME / 2, FRAME / 2), character, 255, font, anchor="mm")
    return np.asarray(picture.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR))
