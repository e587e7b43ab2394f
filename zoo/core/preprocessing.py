"""From a PIL picture to the input of a model: one declaration a model, kept in its ``config.json``.

It computes what torchvision's classification presets compute, but crops before it resizes, so that the work on a
panorama is bounded.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class View:
    """Resize the short side to ``resize`` pixels, then crop ``crop`` x ``crop`` pixels from the centre.

    ``up_to``: the view is for pictures with a short side of at most that many pixels. ``temperature``: divides the
    logits (Guo et al. 2017, arXiv:1706.04599). ``unsure_below``: the confidence that 19 in 20 correct predictions
    reached on held-out pictures, in [0, 1]. ``stretch``: resize both sides to ``resize``, whatever the aspect ratio.
    """

    resize: int
    crop: int
    interpolation: str = "bilinear"
    up_to: int | None = None
    temperature: float = 1.0
    unsure_below: float = 0.0
    stretch: bool = False

    def scales(self, size: tuple[int, int]) -> tuple[float, float]:
        """The factors that resize a picture of ``size`` (width, height)."""
        if self.stretch:
            return self.resize / size[0], self.resize / size[1]
        scale = self.resize / min(size)
        return scale, scale

    def box(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the cropped part, in pixels of a picture of ``size`` (width, height)."""
        scales = self.scales(size)
        # Whole pixels after resizing: half of one would blur a picture that is not resized at all.
        left, top = (
            max(0, round(length * scale) - self.crop) // 2 / scale for length, scale in zip(size, scales, strict=True)
        )
        return left, top, left + self.crop / scales[0], top + self.crop / scales[1]

    def picture(self, image: Image.Image) -> Image.Image:
        """The cropped part, resized to ``crop`` x ``crop`` pixels: the input of the model as a picture."""
        width, height = image.size
        margin_x, margin_y = (4 * max(1.0, 1 / scale) for scale in self.scales(image.size))
        # Cropping first bounds the work on a panorama, and a margin keeps the resampling filter's neighbourhood.
        left, top, right, bottom = self.box(image.size)
        nearby = (
            int(max(0, left - margin_x)),
            int(max(0, top - margin_y)),
            int(min(width, right + margin_x + 1)),
            int(min(height, bottom + margin_y + 1)),
        )
        box = (left - nearby[0], top - nearby[1], right - nearby[0], bottom - nearby[1])
        return image.crop(nearby).resize((self.crop, self.crop), FILTERS[self.interpolation], box=box)


@dataclass(frozen=True)
class Preprocessing:
    """A view by the size of the picture, then ``(pixels - mean) / std`` for pixels in [0, 1].

    The loaded model normalizes its input itself: gradients are with respect to pixels in [0, 1].
    """

    views: tuple[View, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The value of the key ``preprocessing`` in a ``config.json``."""
        views = tuple(View(**view) for view in config["views"])
        return cls(views, tuple(config["mean"]), tuple(config["std"]))

    def view(self, image: Image.Image) -> View:
        """The first view whose ``up_to`` the short side does not exceed, else the last."""
        side = min(image.size)
        return next((view for view in self.views if view.up_to is None or side <= view.up_to), self.views[-1])

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """RGB picture -> (3, crop, crop) float32 in [0, 1]."""
        cropped = np.asarray(self.view(image).picture(image), dtype=np.float32)  # (crop, crop, 3)
        return np.ascontiguousarray(cropped.transpose(2, 0, 1)) / np.float32(255)
