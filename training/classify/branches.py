"""How the two branches of the bundled MobileNetV2 are averaged: the weight of the small branch, and a penalty.

The small branch prefers the 200 classes that had labels. Their logits are lowered by a constant (calibrated stacking:
Chao et al. 2016, arXiv:1605.04253). Weight and penalty are chosen on held-out pictures.
"""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from training.publish import Predictions

MIN_SHRUNK_ACCURACY = 0.2  # on shrunken photographs of the other classes; only above it, a setting may be chosen
SMALL_WEIGHTS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0)
PENALTIES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # in logits


def averaged(large: Predictions, small: Predictions, small_weight: float) -> Predictions:
    """The average of log-probabilities that ``TwoScaleMobileNetV2.forward`` computes."""
    logits = large.logits.log_softmax(1).lerp(small.logits.log_softmax(1), small_weight)
    return Predictions(logits, large.targets)


def penalized(branches: Sequence[Predictions], labelled: Tensor, penalty: float) -> list[Predictions]:
    """The predictions of (large, small) with the small branch's logits of the classes ``labelled`` lowered."""
    large, small = branches
    lowered = torch.zeros(small.logits.shape[1]).index_fill(0, labelled, penalty)
    return [large, Predictions(small.logits - lowered, small.targets)]


def best_average(tiny: Sequence[Predictions], shrunk: Sequence[Predictions], labelled: Tensor) -> tuple[float, float]:
    """(penalty, small_weight) with the best accuracy on ``tiny`` among those accurate enough on ``shrunk``.

    ``tiny``: both branches on held-out small pictures; ``shrunk``: on shrunken photographs of the other classes.
    Raises ValueError if no setting is accurate enough there.
    """
    accuracies = {}
    for penalty, small_weight in product(PENALTIES, SMALL_WEIGHTS):
        averages = [averaged(*penalized(pair, labelled, penalty), small_weight) for pair in (tiny, shrunk)]
        accuracies[penalty, small_weight] = tuple(round(average.accuracy(1), 4) for average in averages)
    print("top-1 on Tiny ImageNet and shrunken photographs, by penalty and weight:", accuracies, flush=True)
    allowed = (setting for setting in accuracies if accuracies[setting][1] >= MIN_SHRUNK_ACCURACY)
    return max(allowed, key=lambda setting: accuracies[setting][0])
