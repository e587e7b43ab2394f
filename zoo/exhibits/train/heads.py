"""The head: a linear layer on cached features, that is, multinomial logistic regression with an L2 penalty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from zoo.exhibits.train.learning_rates import set_rates

BATCH = 32
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Standardizes features (N, D), and divides them by the root of D: a picture's vector has a length of about 1."""

    mean: Tensor
    scale: Tensor

    @classmethod
    def of(cls, features: Tensor) -> "Scaling":
        deviation = features.std(0, correction=0)
        return cls(features.mean(0), deviation.clamp(min=1e-3 * float(deviation.mean()) + 1e-8) * len(deviation) ** 0.5)

    def apply(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.scale


@dataclass(frozen=True)
class Head:
    """``weight``: (K, D); ``bias``: (K,). Of features as the backbone computes them."""

    weight: Tensor
    bias: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """(N, K) of features (N, D)."""
        return features @ self.weight.T + self.bias


def unscaled(weight: Tensor, bias: Tensor, scaling: Scaling) -> Head:
    """The head on features as they are, of a layer (K, D), (K,) on scaled ones."""
    weight = weight / scaling.scale
    return Head(weight, bias - weight @ scaling.mean)


def average(heads: Sequence[Head]) -> Head:
    """The head whose logits are the averages of theirs."""
    return Head(
        torch.stack([head.weight for head in heads]).mean(0), torch.stack([head.bias for head in heads]).mean(0)
    )


class HeadTraining:
    """A head in training, from zeros: Adam on batches of scaled features, with an L2 penalty.

    ``bootstrap``: train on as many pictures, drawn with replacement, as a member of an ensemble. Use it on the worker.
    """

    def __init__(
        self,
        features: Tensor,
        labels: Tensor,
        classes: int,
        penalty: float,
        smoothing: float,
        seed: int,
        bootstrap: bool = False,
    ) -> None:
        self.scaling = Scaling.of(features)
        self.features, self.labels = self.scaling.apply(features), labels
        self.penalty, self.smoothing = penalty, smoothing
        self.generator = torch.Generator().manual_seed(seed)
        count = len(features)
        chosen = torch.randint(count, (count,), generator=self.generator) if bootstrap else torch.arange(count)
        self.chosen = chosen.to(features.device)
        self.weight = torch.zeros(classes, features.shape[1], device=features.device)
        self.bias = torch.zeros(classes, device=features.device)
        self._steps = self._optimizer()

    def _optimizer(self) -> torch.optim.Optimizer:
        return torch.optim.Adam([self.weight, self.bias], betas=(0.9, 0.99))

    def restart(self) -> None:
        """Back to zeros, after a learning-rate finder."""
        self.weight.zero_()
        self.bias.zero_()
        self._steps = self._optimizer()

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.chosen) // BATCH)

    def batches(self) -> list[Tensor]:
        """The batches of one epoch, of indices, in a random order."""
        order = torch.randperm(len(self.chosen), generator=self.generator).to(self.chosen.device)
        return list(torch.split(self.chosen[order], BATCH))

    def step(self, batch: Tensor, rate: float) -> float:
        """Update the weights on one batch; its loss in nats, without the penalty.

        The gradient of a linear layer under softmax and cross-entropy is written out: of small layers, autograd would
        take most of the time.
        """
        features = self.features[batch]
        with torch.no_grad():
            logits = features @ self.weight.T + self.bias
            targets = smoothed(self.labels[batch], len(self.bias), self.smoothing)
            loss = -(targets * logits.log_softmax(1)).sum(1).mean()
            error = (logits.softmax(1) - targets) / len(batch)  # (B, K)
            self.weight.grad = error.T @ features + self.penalty * self.weight
            self.bias.grad = error.sum(0)
            set_rates(self._steps, rate)
            self._steps.step()
        return float(loss)

    def head(self) -> Head:
        """A copy of the head as it is now."""
        return unscaled(self.weight, self.bias, self.scaling)


def smoothed(labels: Tensor, classes: int, smoothing: float) -> Tensor:
    """(N, K) targets: one-hot, of which ``smoothing`` is given to all classes alike."""
    return F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
