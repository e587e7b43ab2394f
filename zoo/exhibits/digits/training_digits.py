"""6,000 digits that come with the program, to train with: 5,000, and 1,000 to validate."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.core import checksums
from zoo.core.assets import ASSETS
from zoo.nets.digits import SIDE

SHEET = ASSETS / "tables" / "digits.webp"  # 600 of each class, in the order of the classes
A_CLASS, VALIDATION = 600, 100  # digits of each class, and those of them to validate


@dataclass(frozen=True)
class Part:
    """``pictures``: (N, 1, 28, 28) ink in [0, 1]; ``labels``: (N,)."""

    pictures: Tensor
    labels: Tensor


@cache
def training_digits() -> tuple[Part, Part]:
    """Those to train with and those to validate with; all trainings share them. Raises DamagedModelError."""
    checksums.check(SHEET)
    with Image.open(SHEET) as sheet:
        shades = np.asarray(sheet.convert("L"))
    rows, columns = shades.shape[0] // SIDE, shades.shape[1] // SIDE
    tiles = shades.reshape(rows, SIDE, columns, SIDE).transpose(0, 2, 1, 3).reshape(10, A_CLASS, 1, SIDE, SIDE)
    pictures = torch.from_numpy(tiles).float() / 255
    labels = torch.arange(10)[:, None].expand(10, A_CLASS)
    parts = (slice(VALIDATION, None), slice(0, VALIDATION))
    training, validation = (Part(pictures[:, part].flatten(0, 1), labels[:, part].flatten()) for part in parts)
    return training, validation
