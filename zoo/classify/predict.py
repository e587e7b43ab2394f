"""Pictures in, calibrated class probabilities out."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from zoo.core.answers import Answer, Scores, average
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.models import calibrated
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime
from zoo.knobs.classify import ClassifyKnobs


@dataclass(frozen=True)
class Classification:
    """An answer per model, in the order asked, and their average when there are several."""

    answers: tuple[Answer, ...]
    ensemble: Answer | None


def probabilities(model: str, images: Sequence[Image.Image]) -> NDArray[np.float32]:
    """(N, num_classes) calibrated probabilities of N RGB pictures of any sizes.

    Pictures that share a view are computed as one batch. Each view's logits are divided by the temperature that makes
    confidence match accuracy on held-out pictures (Guo et al. 2017, arXiv:1706.04599).
    """
    card = find_card(model)
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    result = np.empty((len(images), len(card.classes)), np.float32)
    groups = defaultdict(list)
    for index, image in enumerate(images):
        groups[preprocessing.view(image)].append(index)
    for view, indices in groups.items():
        pixels = torch.from_numpy(np.stack([preprocessing.pixels(images[index]) for index in indices]))
        result[indices] = get_runtime().run(partial(calibrated, inputs=pixels, temperature=view.temperature), model)
    return result


def classify(image: Image.Image, knobs: ClassifyKnobs | None = None) -> Classification:
    """Ask each model of ``knobs.model`` what an RGB picture shows.

    Raises InputError for a model that is no classifier, NotFoundError for an unknown one, UnavailableError when its
    weights had to be downloaded and could not be.
    """
    knobs = knobs or ClassifyKnobs()
    scores = []
    for name in dict.fromkeys(knobs.model):
        card = find_card(name)
        if card.exhibit != "classify":
            raise InputError(f"{name} is a model of {card.exhibit}, not a classifier: choose another.")
        get_runtime().run(nn.Module.eval, name)  # loads the model, so that the time told is that of an answer
        start = time.perf_counter()
        (row,) = probabilities(name, [image])
        elapsed = 1000 * (time.perf_counter() - start)
        threshold = Preprocessing.from_config(card.config["preprocessing"]).view(image).unsure_below
        scores.append(Scores(card, row, threshold, elapsed))
    ensemble = average(scores, knobs.top_k) if len(scores) > 1 else None
    return Classification(tuple(each.answer(knobs.top_k) for each in scores), ensemble)


def architecture(model: str) -> str:
    """What ``print`` says of the loaded network."""
    return get_runtime().run(str, model)
