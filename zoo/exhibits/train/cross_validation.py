"""Cross-validation of the head: the strength of its penalty, and out-of-fold logits of every training picture.

All heads, one a fold and strength, are trained at once, by Nesterov's accelerated gradient descent on all pictures:
each is a column of one matrix product.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.exhibits.train.heads import Scaling, smoothed

PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3)  # of features of length 1
FOLDS = 5
ITERATIONS = 60
BIAS_RATE = 1.8
MAX_BYTES = 48e6  # of the weights of all heads: beyond, fewer strengths are compared
CHUNK = 3e9  # multiplications of a step, about: a tenth of a second on two cores


@dataclass(frozen=True)
class Validated:
    """``penalty``: the strength with the lowest out-of-fold loss; ``logits``: (N, K) of heads with it, each trained
    without the fold of the picture.
    """

    penalty: float
    logits: NDArray[np.float32]


def cross_validate(
    features: Tensor, labels: Tensor, folds: Sequence[int], classes: int, smoothing: float, penalty: float = 0.0
) -> Steps[Validated]:
    """Choose the penalty, unless one is given; a job.

    ``features``: (N, D), ``labels``: (N,); ``folds``: the fold of each picture.
    """
    heads = get_runtime().run(lambda: Heads(features, labels, folds, classes, smoothing, penalty))
    for number in range(1, ITERATIONS + 1):
        for part in range(heads.parts):
            get_runtime().run(lambda part=part: heads.accumulate(part))
            done = (number - 1) * heads.parts + part + 1
            yield Progress(done, ITERATIONS * heads.parts, "Choosing the weight decay by cross-validation")
        get_runtime().run(heads.update)
    return get_runtime().run(heads.result)


class Heads:
    """All heads, of shape (D, H, K): H is strengths times folds. For the worker alone."""

    def __init__(
        self,
        features: Tensor,
        labels: Tensor,
        folds: Sequence[int],
        classes: int,
        smoothing: float,
        penalty: float,
    ) -> None:
        self.features = Scaling.of(features).apply(features)  # without labels: nothing of them leaks between folds
        self.labels, self.classes = labels, classes
        self.targets = smoothed(labels, classes, smoothing)
        fold = torch.tensor(list(folds), device=features.device)
        self.count = int(fold.max()) + 1
        size = 4 * features.shape[1] * self.count * classes
        fitting = max(1, min(len(PENALTIES), int(MAX_BYTES / size)))
        middle = len(PENALTIES) // 2
        self.penalties = (
            (penalty,)
            if penalty
            else PENALTIES
            if fitting == len(PENALTIES)
            else PENALTIES[max(0, middle - fitting // 2) :][:fitting]
        )
        self.strength = torch.tensor(self.penalties, device=features.device).repeat_interleave(self.count)  # (H,)
        held_out = torch.arange(self.count, device=features.device).repeat(len(self.penalties))
        inside = fold[:, None] != held_out[None]  # (N, H)
        self.portion = inside / inside.sum(0).clamp(min=1)
        self.fold = fold
        shape = (features.shape[1], len(self.strength), classes)
        self.weight = torch.zeros(shape, device=features.device)
        self.bias = torch.zeros(shape[1:], device=features.device)
        self._ahead = (self.weight, self.bias)
        self._gradient = (torch.zeros_like(self.weight), torch.zeros_like(self.bias))
        # The second derivative of softmax and cross-entropy is at most a half. Scaled features have mean 0, so that
        # weights and biases hardly depend on each other, and each has a rate of its own.
        curvature = 0.5 * largest_eigenvalue(self.features)
        self.rate = 1 / (curvature + self.strength)  # (H,)
        self.decay = (self.strength * self.rate).sqrt()
        work = features.numel() * shape[1] * classes * 2
        self.parts = max(1, min(len(features), round(work / CHUNK)))

    def accumulate(self, part: int) -> None:
        """Add the gradient of one part of the pictures."""
        rows = slice(part, None, self.parts)
        features, (weight, bias) = self.features[rows], self._ahead
        logits = (features @ weight.flatten(1)).view(len(features), *bias.shape) + bias  # (n, H, K)
        error = logits.softmax(2) - self.targets[rows, None]
        error *= self.portion[rows, :, None]
        self._gradient[0].add_((features.T @ error.flatten(1)).view_as(weight))
        self._gradient[1].add_(error.sum(0))

    def update(self) -> None:
        """One step with momentum, for a strongly convex function of condition 1 / decay^2."""
        (weight, bias), (d_weight, d_bias) = self._ahead, self._gradient
        rate, momentum = self.rate[:, None], ((1 - self.decay) / (1 + self.decay))[:, None]
        new_weight = weight - rate * (d_weight + self.strength[:, None] * weight)
        new_bias = bias - BIAS_RATE * d_bias
        self._ahead = (
            new_weight + momentum * (new_weight - self.weight),
            new_bias + momentum * (new_bias - self.bias),
        )
        self.weight, self.bias = new_weight, new_bias
        d_weight.zero_()
        d_bias.zero_()

    def result(self) -> Validated:
        """The out-of-fold logits of the strongest penalty whose loss is not clearly above the lowest.

        That is, within a standard error of their difference: the lowest may be lowest by luck.
        """
        index = torch.arange(len(self.labels), device=self.labels.device)
        logits, losses = [], []
        for number in range(len(self.penalties)):
            columns = slice(number * self.count, (number + 1) * self.count)
            every = (self.features @ self.weight[:, columns].flatten(1)).view(len(index), self.count, self.classes)
            own = (every + self.bias[columns])[index, self.fold]  # (N, K)
            logits.append(own)
            losses.append(F.cross_entropy(own / temperature(own, self.labels), self.labels, reduction="none"))
        means = [float(loss.mean()) for loss in losses]
        lowest = min(range(len(means)), key=means.__getitem__)
        chosen = max(n for n, loss in enumerate(losses) if not clearly_above(loss, losses[lowest]))
        return Validated(self.penalties[chosen], logits[chosen].cpu().numpy())


def clearly_above(losses: Tensor, lowest: Tensor) -> bool:
    """Whether the mean of (N,) losses is more than a standard error of the difference above that of others."""
    difference = losses - lowest
    error: float = float(difference.std(correction=0)) / math.sqrt(len(difference))
    return float(difference.mean()) > error


def largest_eigenvalue(features: Tensor, iterations: int = 15) -> float:
    """Of the second moment matrix of features (N, D), about, from above: by power iteration, with a fifth more."""
    vector = features.new_ones(features.shape[1])
    value = 0.0
    for _ in range(iterations):
        vector = features.T @ (features @ (vector / vector.norm().clamp(min=1e-12))) / len(features)
        value = float(vector.norm())
    return 1.2 * value + 1e-6


def temperature(logits: Tensor, labels: Tensor, lowest: float = 0.05, highest: float = 20.0) -> float:
    """What divides logits (N, K) so that their cross-entropy with labels (N,) is lowest (Guo et al. 2017).

    By golden section search over its logarithm: the loss has one minimum. Of labels that are all right the best value
    would be 0: as Platt did (1999), the targets leave the other classes as much as one picture more would.
    """
    golden = (5**0.5 - 1) / 2
    low, high = np.log(lowest), np.log(highest)
    smoothing = 1 / (len(labels) + logits.shape[1])

    def loss(position: float) -> float:
        return float(F.cross_entropy(logits / float(np.exp(position)), labels, label_smoothing=smoothing))

    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(20):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = loss(right)
    return float(np.exp((low + high) / 2))
