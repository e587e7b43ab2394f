"""A classifier's output in the form that all interfaces share: the top-k classes of one model, or of an ensemble."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo.core.cards import Card, ClassName

ENSEMBLE = "average"


@dataclass(frozen=True)
class Prediction:
    """One class and its probability in [0, 1]; ``id`` is its WordNet id, or its class index in its data set."""

    id: str
    label: str
    probability: float


@dataclass(frozen=True)
class Answer:
    """The most probable classes by one model, in descending order of probability.

    ``unsure``: the best probability is below the threshold that 19 in 20 correct predictions reached on held-out data,
    so that the input may belong to none of the model's classes. ``milliseconds``: preprocessing, queueing and
    inference, without loading the model.
    """

    model: str
    restriction: str
    num_classes: int
    predictions: tuple[Prediction, ...]
    unsure: bool
    milliseconds: float


@dataclass(frozen=True)
class ClassProbabilities:
    """The full output of one model. ``row``: (num_classes,) the probabilities of the card's classes, in their order.

    ``threshold``: the best probability below which the answer is unsure.
    """

    card: Card
    row: NDArray[np.float32]
    threshold: float
    milliseconds: float

    def answer(self, top_k: int) -> Answer:
        """Its ``top_k`` most probable classes."""
        card = self.card
        return _answer(card.name, card.restriction, card.classes, self.row, top_k, self.threshold, self.milliseconds)


def average(outputs: Sequence[ClassProbabilities], top_k: int) -> Answer:
    """The ensemble: the mean of the models' probabilities by class; a class that a model lacks counts 0 there."""
    total: dict[ClassName, float] = defaultdict(float)
    for output in outputs:
        for name, value in zip(output.card.classes, output.row.tolist(), strict=True):
            total[name] += value / len(outputs)
    restriction = "; ".join(dict.fromkeys(output.card.restriction for output in outputs))
    threshold = float(np.mean([output.threshold for output in outputs]))
    elapsed = sum(output.milliseconds for output in outputs)
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
