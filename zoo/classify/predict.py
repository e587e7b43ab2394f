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

from zoo.core.cards import Card, ClassName, find_card
from zoo.core.errors import InputError
from zoo.core.preprocessing import Preprocessing
from zoo.core.runtime import get_runtime
from zoo.knobs.classify import ClassifyKnobs

ENSEMBLE = "average"


@dataclass(frozen=True)
class Prediction:
    """One class and its probability in [0, 1]; ``id`` is its WordNet id."""

    id: str
    label: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """One model's most probable classes, first the best.

    ``unsure``: the best is under the confidence that nineteen in twenty right answers reach on held-out pictures, so
    the picture may show none of the model's classes. ``milliseconds``: preparing, waiting and computing, not loading.
    """

    model: str
    restriction: str
    num_classes: int
    predictions: tuple[Prediction, ...]
    unsure: bool
    milliseconds: float


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
        pixels = np.stack([preprocessing.pixels(images[index]) for index in indices])
        result[indices] = get_runtime().run(partial(_predict, pixels, view.temperature), model)
    return result


def _predict(pixels: NDArray[np.float32], temperature: float, network: nn.Module) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    with torch.inference_mode():
        logits = network(torch.from_numpy(pixels).to(device))  # (B, num_classes)
        scores: NDArray[np.float32] = (logits / temperature).softmax(1).float().cpu().numpy()
        return scores


def classify(image: Image.Image, knobs: ClassifyKnobs | None = None) -> Classification:
    """Ask each model of ``knobs.model`` what an RGB picture shows.

    Raises InputError for a model that is no classifier, NotFoundError for an unknown one, UnavailableError when its
    weights had to be downloaded and could not be.
    """
    knobs = knobs or ClassifyKnobs()
    answers, scores, cards, thresholds = [], [], [], []
    for name in dict.fromkeys(knobs.model):
        card = find_card(name)
        if card.exhibit != "classify":
            raise InputError(f"{name} is a model of {card.exhibit}, not a classifier: choose another.")
        get_runtime().run(nn.Module.eval, name)  # loads the model, so that the time told is that of an answer
        start = time.perf_counter()
        (row,) = probabilities(name, [image])
        elapsed = 1000 * (time.perf_counter() - start)
        threshold = Preprocessing.from_config(card.config["preprocessing"]).view(image).unsure_below
        answers.append(_answer(name, card.restriction, card.classes, row, knobs.top_k, threshold, elapsed))
        scores.append(row)
        thresholds.append(threshold)
        cards.append(card)
    ensemble = _average(cards, scores, thresholds, answers, knobs.top_k) if len(answers) > 1 else None
    return Classification(tuple(answers), ensemble)


def _answer(
    model: str,
    restriction: str,
    classes: Sequence[ClassName],
    row: NDArray[np.float32],
    top_k: int,
    threshold: float,
    milliseconds: float,
) -> Answer:
    best = np.argsort(-row, kind="stable")[:top_k]
    predictions = tuple(Prediction(classes[i].id, classes[i].label, float(row[i])) for i in best)
    unsure = predictions[0].probability < threshold
    return Answer(model, restriction, len(classes), predictions, unsure, milliseconds)


def _average(
    cards: Sequence[Card],
    scores: Sequence[NDArray[np.float32]],
    thresholds: Sequence[float],
    answers: Sequence[Answer],
    top_k: int,
) -> Answer:
    """The mean over models of each class's probability; a model gives nothing to a class that it does not know."""
    total: dict[ClassName, float] = defaultdict(float)
    for card, row in zip(cards, scores, strict=True):
        for name, value in zip(card.classes, row.tolist(), strict=True):
            total[name] += value / len(cards)
    restriction = "; ".join(dict.fromkeys(card.restriction for card in cards))
    elapsed = sum(answer.milliseconds for answer in answers)
    row = np.array(list(total.values()), np.float32)
    return _answer(ENSEMBLE, restriction, list(total), row, top_k, float(np.mean(thresholds)), elapsed)


def architecture(model: str) -> str:
    """What ``print`` says of the loaded network."""
    return get_runtime().run(str, model)
