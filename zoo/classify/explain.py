"""Which part of the picture speaks for a class: Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from zoo.core.cards import find_card
from zoo.core.explanations import Explanation
from zoo.core.explanations import explain as core_explain
from zoo.core.gradcam import coloured, grad_cam
from zoo.core.jobs import Steps
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime

FRAME = (251, 248, 241)


@dataclass(frozen=True)
class HeatMap:
    """``heat``: (h, w) in [0, 1] over what the model saw: ``box`` (left, top, right, bottom), in picture pixels."""

    model: str
    id: str
    label: str
    heat: NDArray[np.float32]
    box: tuple[float, float, float, float]


def explain(image: Image.Image, model: str, id: str) -> HeatMap:
    """Grad-CAM of an RGB picture for the class with that WordNet id (or label, where a class has none).

    Raises InputError for a class that the model does not know, or a model without a convolutional feature map.
    """
    card = find_card(model)
    target = card.place(id)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    pixels = torch.from_numpy(preprocessing.pixels(image))[None]  # (1, 3, H, W)
    heat = get_runtime().run(lambda network: grad_cam(network, pixels, target), model)
    box = preprocessing.view(image).box(image.size)
    return HeatMap(model, card.classes[target].id, card.classes[target].label, heat, box)


def explanations(image: Image.Image, model: str, id: str) -> Steps[tuple[Explanation, ...]]:
    """Five methods on what the model sees of an RGB picture, for one class; a job. Raises InputError as ``explain``."""
    card = find_card(model)
    pixels = torch.from_numpy(Preprocessing.from_config(card.config["preprocessing"]).pixels(image))[None]
    return core_explain(model, [(pixels, card.place(id))])


def seen(image: Image.Image, model: str) -> Image.Image:
    """What the model sees of an RGB picture."""
    return Preprocessing.from_config(find_card(model).config["preprocessing"]).view(image).picture(image)


def overlay(image: Image.Image, heat_map: HeatMap, opacity: float, side: int = 640) -> Image.Image:
    """The picture, at most ``side`` pixels long, under its heat map; ``opacity`` in [0, 1].

    The hotter a place, the less transparent the colour; a thin frame shows what the model saw.
    """
    scale = min(1.0, side / max(image.size))
    width, height = (max(1, round(length * scale)) for length in image.size)
    picture = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top, right, bottom = (max(0, round(edge * scale)) for edge in heat_map.box)
    right, bottom = min(width, max(right, left + 1)), min(height, max(bottom, top + 1))
    patch = Image.fromarray(np.round(heat_map.heat * 255).astype(np.uint8))
    heat = np.asarray(patch.resize((right - left, bottom - top), Image.Resampling.BICUBIC), np.float32) / 255
    colour = coloured(heat)
    alpha = (opacity * np.sqrt(np.clip(heat, 0, 1)))[..., None]
    pixels = np.asarray(picture, np.float32).copy()
    seen = pixels[top:bottom, left:right]
    pixels[top:bottom, left:right] = seen * (1 - alpha) + colour * alpha
    blended = Image.fromarray(np.round(pixels).astype(np.uint8))
    ImageDraw.Draw(blended).rectangle((left, top, right - 1, bottom - 1), outline=FRAME)
    return blended
