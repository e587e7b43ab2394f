"""The evidence for a class in a picture: Grad-CAM as a heat map, and five explanation methods side by side."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw

from zoo.core.blank_pictures import picture_notes
from zoo.core.cards import Card
from zoo.core.explanations import explain, overlay_importance
from zoo.core.glosses import definition
from zoo.core.gradcam import apply_colormap, grad_cam
from zoo.core.inputs import ImageLike, as_image
from zoo.core.preprocessing import Preprocessing
from zoo.core.results import Array
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps
from zoo.exhibits.classify.knobs import ExplainKnobs, HeatMapKnobs
from zoo.exhibits.classify.predict import classifier_card, probabilities
from zoo.exhibits.classify.results import Explanation, Explanations, HeatMap

BORDER = (251, 248, 241)
MAX_SIDE = 640  # pixels of the longer side of a drawn heat map


def heat_map(image: ImageLike, knobs: HeatMapKnobs | None = None) -> HeatMap:
    """Grad-CAM of a picture for one class (Selvaraju et al. 2016, arXiv:1610.02391).

    Raises InputError for a class that the model does not have, or a model without a convolutional feature map.
    """
    knobs, picture = knobs or HeatMapKnobs(), as_image(image)
    card = classifier_card(knobs.model)
    target = target_class(picture, card, knobs)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    pixels = torch.from_numpy(preprocessing.pixels(picture))[None]  # (1, 3, H, W)
    heat = get_runtime().run(lambda network: grad_cam(network, pixels, target), card.name)
    box = preprocessing.view(picture).box(picture.size)
    drawn = overlay(picture, heat, box, knobs.opacity / 100)
    name = card.classes[target]
    notes = picture_notes(picture, preprocessing)
    return HeatMap(card.name, card.restriction, name.id, name.label, heat, box, drawn, definition(name.id), notes)


def explanations(image: ImageLike, knobs: ExplainKnobs | None = None) -> Steps[Explanations]:
    """Saliency, SmoothGrad, integrated gradients, occlusion and Grad-CAM for one class; a job.

    Raises InputError for a class that the model does not have.
    """
    knobs, picture = knobs or ExplainKnobs(), as_image(image)
    card = classifier_card(knobs.model)
    target = target_class(picture, card, knobs)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    pixels = torch.from_numpy(preprocessing.pixels(picture))[None]  # (1, 3, H, W)
    computed = yield from explain(card.name, [(pixels, target)])
    maps = tuple(Explanation(each.method, each.maps[0]) for each in computed)
    view = preprocessing.view(picture).picture(picture)
    drawn = side_by_side([view, *(overlay_importance(view, each.importance) for each in maps)])
    name = card.classes[target]
    notes = picture_notes(picture, preprocessing)
    return Explanations(card.name, card.restriction, name.id, name.label, maps, drawn, notes)


def visible(image: ImageLike, model: str) -> Image.Image:
    """The input of a model as a picture: the resized centre crop of its preprocessing."""
    picture = as_image(image)
    return Preprocessing.from_config(classifier_card(model).config["preprocessing"]).view(picture).picture(picture)


def target_class(image: Image.Image, card: Card, knobs: ExplainKnobs) -> int:
    """The index of the class ``knobs.target``, or of the most probable class where that is empty."""
    if knobs.target.strip():
        return card.class_index(knobs.target)
    return int(probabilities(card.name, [image])[0].argmax())


def side_by_side(pictures: Sequence[Image.Image], gap: int = 4) -> Image.Image:
    """Pictures of one size in a row."""
    width, height = pictures[0].size
    row = Image.new("RGB", ((width + gap) * len(pictures) - gap, height), "white")
    for index, picture in enumerate(pictures):
        row.paste(picture, (index * (width + gap), 0))
    return row


def overlay(
    image: Image.Image, heat: Array, box: tuple[float, float, float, float], opacity: float, max_side: int = MAX_SIDE
) -> Image.Image:
    """A picture under its heat map, at most ``max_side`` pixels long.

    ``heat``: (h, w) in [0, 1]; ``opacity`` in [0, 1]. The opacity grows with the square root of the heat. A thin border
    marks ``box``, the input of the model, as (left, top, right, bottom) in pixels of ``image``.
    """
    scale = min(1.0, max_side / max(image.size))
    width, height = (max(1, round(length * scale)) for length in image.size)
    picture = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top, right, bottom = (max(0, round(edge * scale)) for edge in box)
    right, bottom = min(width, max(right, left + 1)), min(height, max(bottom, top + 1))
    patch = Image.fromarray(np.round(heat * 255).astype(np.uint8))
    enlarged = np.asarray(patch.resize((right - left, bottom - top), Image.Resampling.BICUBIC), np.float32) / 255
    alpha = (opacity * np.sqrt(np.clip(enlarged, 0, 1)))[..., None]
    pixels = np.asarray(picture, np.float32).copy()
    cropped = pixels[top:bottom, left:right]
    pixels[top:bottom, left:right] = cropped * (1 - alpha) + apply_colormap(enlarged) * alpha
    blended = Image.fromarray(np.round(pixels).astype(np.uint8))
    ImageDraw.Draw(blended).rectangle((left, top, right - 1, bottom - 1), outline=BORDER)
    return blended
