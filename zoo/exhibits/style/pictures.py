"""PIL images to tensors and back."""

import math

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.core.errors import InputError

MIN_SIDE = 24  # pixels of the shorter side: less cannot be padded by reflection


def scaled_size(size: tuple[int, int], longer: int) -> tuple[int, int]:
    """``size`` scaled to a longer side of ``longer`` pixels. Raises InputError below 24 pixels of the shorter one."""
    scale = longer / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"A picture of {size[0]} x {size[1]} is too narrow here: its shorter side would have {min(width, height)} "
            f"pixels, and needs {MIN_SIDE}. Crop it, or choose a larger size."
        )
    return width, height


def min_longer_side(size: tuple[int, int]) -> int:
    """The smallest longer side at which the shorter one has enough pixels."""
    return math.ceil(MIN_SIDE * max(size) / min(size))


def image_to_tensor(image: Image.Image, longer: int) -> Tensor:
    """(1, 3, H, W) in [0, 1], with a longer side of ``longer`` pixels. Raises InputError."""
    resized = image.convert("RGB").resize(scaled_size(image.size, longer), Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.array(resized, np.float32)) / 255
    return values.permute(2, 0, 1)[None].contiguous()


def tensor_to_image(pixels: Tensor) -> Image.Image:
    """An RGB image of (1, 3, H, W) in [0, 1], rounded to 8 bits."""
    values = (pixels[0].permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(values.cpu().numpy())


def transfer_colours(stylised: Image.Image, photograph: Image.Image) -> Image.Image:
    """The luminance of ``stylised`` with the photograph's colours (Gatys et al. 2016, arXiv:1606.05897, section 5)."""
    luminance, _, _ = stylised.convert("YCbCr").split()
    _, blue, red = photograph.resize(stylised.size, Image.Resampling.LANCZOS).convert("YCbCr").split()
    return Image.merge("YCbCr", (luminance, blue, red)).convert("RGB")
