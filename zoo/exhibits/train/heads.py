"""The head: a linear layer on cached features, that is, multinomial logistic regression with an L2 penalty."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Steps
from zoo.exhibits.train.learning_rates import one_cycle

BATCH = 32
STEP_SECONDS = 0.1  # of training in one step
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


class Adam:
    """AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101) on one tensor; without ``decay``, Adam.

    Torch's own imports its compiler first, for seconds in which nobody would have a turn.
    """

    def __init__(self, parameter: Tensor, decay: float = 0.0) -> None:
        self.parameter, self.decay, self.betas, self.epsilon = parameter, decay, (0.9, 0.99), 1e-8
        self.mean, self.square, self.steps = torch.zeros_like(parameter), torch.zeros_like(parameter), 0

    def step(self, gradient: Tensor, rate: float) -> None:
        """Update the parameter in place."""
        self.steps += 1
        self.parameter.mul_(1 - rate * self.decay)
        first, second = self.betas
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        scale = (self.square / (1 - second**self.steps)).sqrt_().add_(self.epsilon)
        self.parameter.addcdiv_(self.mean, scale, value=-rate / (1 - first**self.steps))


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
        self._adam = (Adam(self.weight), Adam(self.bias))

    def restart(self) -> None:
        """Back to zeros, after a learning-rate finder."""
        self.weight.zero_()
        self.bias.zero_()
        self._adam = (Adam(self.weight), Adam(self.bias))

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
            self._adam[0].step(error.T @ features + self.penalty * self.weight, rate)
            self._adam[1].step(error.sum(0), rate)
        return float(loss)

    def epoch(self, number: int, epochs: int, peak: float) -> Steps[tuple[float, float]]:
        """Train epoch ``number``, from 0, of a one-cycle policy; its mean loss in nats, and its highest rate."""
        total, step = epochs * self.steps_per_epoch, number * self.steps_per_epoch
        losses, rates, started = [], [], time.perf_counter()
        for batch in self.batches():
            rates.append(one_cycle(step, total, peak))
            losses.append(get_runtime().run(partial(self.step, batch, rates[-1])))
            step += 1
            if time.perf_counter() - started > STEP_SECONDS:
                yield PAUSE
                started = time.perf_counter()
        return sum(losses) / len(losses), max(rates)

    def head(self) -> Head:
        """A copy of the head as it is now."""
        return unscaled(self.weight, self.bias, self.scaling)


def smoothed(labels: Tensor, classes: int, smoothing: float) -> Tensor:
    """(N, K) targets: one-hot, of which ``smoothing`` is given to all classes alike."""
    return F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
