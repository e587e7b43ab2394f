"""From a PIL picture to what a model sees: one declaration per model, kept in its ``config.json``."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True)
class View:
    """Short side to ``resize`` pixels, then a centre crop of ``crop``; for pictures of at most ``up_to`` pixels.

    What a model says of a view is calibrated: logits are divided by ``temperature``, and a confidence of less than
    ``unsure_below`` is reached by fewer than one in twenty right answers.
    """

    resize: int
    crop: int
    interpolation: str = "bilinear"
    up_to: int | None = None
    temperature: float = 1.0
    unsure_below: float = 0.0

    def box(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the part of a picture of ``size`` (width, height) that the model sees."""
        scale = self.resize / min(size)
        # Whole pixels after resizing: half of one would blur a picture that is not resized at all.
        left, top = (max(0, round(length * scale) - self.crop) // 2 / scale for length in size)
        return left, top, left + self.crop / scale, top + self.crop / scale

    def picture(self, image: Image.Image) -> Image.Image:
        """What the model sees, as a picture of ``crop`` by ``crop`` pixels."""
        width, height = image.size
        scale = self.resize / min(width, height)
        # Cropping first bounds the work on a panorama, and a margin keeps the resampling filter's neighbourhood.
        left, top, right, bottom = self.box(image.size)
        margin = 4 * max(1.0, 1 / scale)
        near = (
            int(max(0, left - margin)),
            int(max(0, top - margin)),
            int(min(width, right + margin + 1)),
            int(min(height, bottom + margin + 1)),
        )
        box = (left - near[0], top - near[1], right - near[0], bottom - near[1])
        return image.crop(near).resize((self.crop, self.crop), FILTERS[self.interpolation], box=box)


@dataclass(frozen=True)
class Preprocessing:
    """Views by size of the picture, then ``(pixels - mean) / std`` on [0, 1], which the model does itself."""

    views: tuple[View, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        views = tuple(View(**view) for view in config["views"])
        return cls(views, tuple(config["mean"]), tuple(config["std"]))

    def view(self, image: Image.Image) -> View:
        """The first view meant for pictures of this size (short side), else the last."""
        side = min(image.size)
        return next((view for view in self.views if view.up_to is None or side <= view.up_to), self.views[-1])

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        """RGB picture -> (3, crop, crop) float32 in [0, 1]."""
        seen = np.asarray(self.view(image).picture(image), dtype=np.float32)  # (H, W, 3)
        return np.ascontiguousarray(seen.transpose(2, 0, 1)) / np.float32(255)
