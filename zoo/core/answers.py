"""A classifier's output in the form that all interfaces share: the most probable classes, of one model or several."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.core.cards import Card, ClassName

ENSEMBLE = "average"


@dataclass(frozen=True)
class Prediction:
    """One class and its probability in [0, 1]; ``id`` is its WordNet id, or its number in its data set."""

    id: str
    label: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """One model's most probable classes, first the best.

    ``unsure``: the best is under the confidence that nineteen in twenty right answers reach on held-out data, so that
    it may be none of the model's classes. ``milliseconds``: preparing, waiting and computing, not loading.
    """

    model: str
    restriction: str
    num_classes: int
    predictions: tuple[Prediction, ...]
    unsure: bool
    milliseconds: float


@dataclass(frozen=True)
class ClassProbabilities:
    """``row``: (num_classes,) the probability of each of the card's classes."""

    card: Card
    row: NDArray[np.float32]
    threshold: float
    milliseconds: float

    def answer(self, top_k: int) -> Answer:
        card = self.card
        return _answer(card.name, card.restriction, card.classes, self.row, top_k, self.threshold, self.milliseconds)


def average(scores: Sequence[ClassProbabilities], top_k: int) -> Answer:
    """The mean over models of each class's probability; a model gives nothing to a class that it does not know."""
    total: dict[ClassName, float] = defaultdict(float)
    for each in scores:
        for name, value in zip(each.card.classes, each.row.tolist(), strict=True):
            total[name] += value / len(scores)
    restriction = "; ".join(dict.fromkeys(each.card.restriction for each in scores))
    threshold = float(np.mean([each.threshold for each in scores]))
    elapsed = sum(each.milliseconds for each in scores)
    return _answer(ENSEMBLE, restriction, list(total), np.array(list(total.values())), top_k, threshold, elapsed)


def _answer(
    model: str,
    restriction: str,
    classes: Sequence[ClassName],
    row: NDArray[np.floating],
    top_k: int,
    threshold: float,
    milliseconds: float,
) -> Answer:
    best = np.argsort(-row, kind="stable")[:top_k]
    predictions = tuple(Prediction(classes[i].id, classes[i].label, float(row[i])) for i in best)
    unsure = predictions[0].probability < threshold
    return Answer(model, restriction, len(classes), predictions, unsure, milliseconds)
