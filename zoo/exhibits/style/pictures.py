"""Pictures to pixels and back, and a run as an animation."""

import io
import math
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.core.errors import InputError

LEAST = 24  # pixels of a shorter side: less cannot be mirrored at the borders
FRAME = 100  # milliseconds


def fitted(size: tuple[int, int], longer: int) -> tuple[int, int]:
    """``size`` scaled so that its longer side is ``longer``. Raises InputError where the shorter one gets too thin."""
    scale = longer / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    if min(width, height) < LEAST:
        raise InputError(
            f"A picture of {size[0]} x {size[1]} is too narrow here: its shorter side would have {min(width, height)} "
            f"pixels, and needs {LEAST}. Crop it, or choose a larger size."
        )
    return width, height


def narrowest(size: tuple[int, int]) -> int:
    """The least longer side at which the shorter one is wide enough."""
    return math.ceil(LEAST * max(size) / min(size))


def to_pixels(image: Image.Image, longer: int) -> Tensor:
    """(1, 3, H, W) in [0, 1], with a longer side of ``longer`` pixels. Raises InputError."""
    resized = image.convert("RGB").resize(fitted(image.size, longer), Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.array(resized, np.float32)) / 255
    return values.permute(2, 0, 1)[None].contiguous()


def to_picture(pixels: Tensor) -> Image.Image:
    """The other way: rounded to 8 bits."""
    values = (pixels[0].permute(1, 2, 0).clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(values.cpu().numpy())


def with_colours_of(painting: Image.Image, photograph: Image.Image) -> Image.Image:
    """The painting's light with the photograph's colours (Gatys et al. 2016, arXiv:1606.05897, section 5)."""
    light, _, _ = painting.convert("YCbCr").split()
    _, blue, red = photograph.resize(painting.size, Image.Resampling.LANCZOS).convert("YCbCr").split()
    return Image.merge("YCbCr", (light, blue, red)).convert("RGB")


def animation(frames: Sequence[Image.Image]) -> bytes:
    """An animated WebP that rests on its last frame for two seconds."""
    first, *rest = (frame.resize(frames[-1].size) for frame in frames)
    file = io.BytesIO()
    first.save(
        file, "webp", save_all=True, append_images=rest, duration=[FRAME] * len(rest) + [2000], loop=0, quality=80
    )
    return file.getvalue()
