"""Pictures in, calibrated class probabilities out."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from zoo.core.answers import ClassProbabilities, average
from zoo.core.blank_pictures import BLANK, is_blank
from zoo.core.cards import Card, require_card
from zoo.core.inputs import ImageLike, as_image
from zoo.core.loading import class_probabilities
from zoo.core.model_inputs import picture_input
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime
from zoo.core.srgb import notes_of
from zoo.exhibits.classify.knobs import ClassifyKnobs
from zoo.exhibits.classify.results import Classification


def classifier_card(name: str) -> Card:
    """The card of a picture classifier. Raises InputError for another model, NotFoundError for an unknown name."""
    return require_card(name, "classify")


model_input = picture_input  # how a classifier reads a picture


def probabilities(model: str, images: Sequence[Image.Image]) -> NDArray[np.float32]:
    """(N, num_classes) calibrated probabilities of N RGB pictures of any sizes.

    Pictures that share a view are computed as one batch. Each view's logits are divided by the temperature that makes
    confidence match accuracy on held-out pictures (Guo et al. 2017, arXiv:1706.04599).
    """
    card = classifier_card(model)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    result = np.empty((len(images), len(card.classes)), np.float32)
    groups = defaultdict(list)
    for index, image in enumerate(images):
        groups[preprocessing.view(image)].append(index)
    for view, indices in groups.items():
        pixels = torch.cat([model_input(card, images[index]).tensors[0] for index in indices])
        predict = partial(class_probabilities, inputs=pixels, temperature=view.temperature)
        result[indices] = get_runtime().run(predict, model)
    return result


def classify(image: ImageLike, knobs: ClassifyKnobs | None = None) -> Classification:
    """The most probable classes of a picture, by each model of ``knobs.model``.

    Raises InputError for a model that is no classifier, NotFoundError for an unknown one, UnavailableError when its
    weights had to be downloaded and could not be.
    """
    knobs, picture = knobs or ClassifyKnobs(), as_image(image)
    outputs, blank = [], []
    for name in dict.fromkeys(knobs.model):
        card = classifier_card(name)
        get_runtime().load(name)  # before the clock starts: the time is that of a prediction
        start = time.perf_counter()
        (row,) = probabilities(name, [picture])
        elapsed = 1000 * (time.perf_counter() - start)
        preprocessing = Preprocessing.from_config(card.config["preprocessing"])
        blank.append(is_blank(picture, preprocessing))
        threshold = 2.0 if blank[-1] else preprocessing.view(picture).unsure_below  # of a blank one no answer is sure
        outputs.append(ClassProbabilities(card, row, threshold, elapsed))
    ensemble = average(outputs, knobs.top_k) if len(outputs) > 1 else None
    if ensemble is not None and any(blank):
        ensemble = replace(ensemble, unsure=True)
    notes = (*notes_of(picture), *([BLANK] if any(blank) else []))
    return Classification(tuple(each.answer(knobs.top_k) for each in outputs), ensemble, all(blank), notes)
