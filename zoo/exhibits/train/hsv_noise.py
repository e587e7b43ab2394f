"""Random factors on hue, saturation and value, the same for all pixels of a picture, as training of YOLO has them."""

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

HUE, SATURATION, VALUE = 0.05, 0.7, 0.4  # the largest changes: a part of the circle, and factors


class HSVNoise(v2.Transform):  # type: ignore[misc]
    """``strength`` in [0, 1]; of an RGB picture of PIL, or uint8 (..., 3, H, W)."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Three random numbers in [-1, 1], times the largest changes."""
        return {"changes": ((2 * torch.rand(3) - 1) * self.strength * torch.tensor([HUE, SATURATION, VALUE])).tolist()}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """The picture with other colours, of the same type."""
        if isinstance(inpt, Image.Image):
            return changed(inpt, *params["changes"])
        if not isinstance(inpt, Tensor):
            return inpt
        pictures = inpt.reshape(-1, *inpt.shape[-3:])
        colours = [F.pil_to_tensor(changed(F.to_pil_image(each), *params["changes"])) for each in pictures]
        return torch.stack(colours).reshape(inpt.shape) if colours else inpt


def changed(picture: Image.Image, hue: float, saturation: float, value: float) -> Image.Image:
    """A picture of which the hue is turned by a part of the circle, and saturation and value grow by these parts."""
    levels = np.arange(256)
    tables = [(levels + round(256 * hue)) % 256, levels * (1 + saturation), levels * (1 + value)]
    table = np.rint(np.concatenate(tables)).clip(0, 255).astype(int).tolist()
    return picture.convert("HSV").point(table).convert("RGB")
