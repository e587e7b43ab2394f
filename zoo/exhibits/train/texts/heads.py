"""The head on features of texts: trained as that of pictures, with the learning-rate finder and one cycle."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps, within
from zoo.exhibits.train.cross_validation import cross_validate
from zoo.exhibits.train.heads import Head, HeadTraining
from zoo.exhibits.train.learning_rates import ramp, suggestion
from zoo.exhibits.train.results import Curves, Epoch
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

TOTAL = 1000  # steps of progress


@dataclass(frozen=True)
class Examples:
    """Features (N, D) and class indices (N,)."""

    features: Tensor
    targets: Tensor


@dataclass(frozen=True)
class TrainedHead:
    """``logits``: (N, K) of training texts, out of fold."""

    head: Head
    logits: NDArray[np.float32]
    curves: Curves


def train_head(
    training: Examples, validation: Examples, folds: list[int], classes: int, knobs: TrainTextsKnobs, curves: Curves
) -> Steps[TrainedHead]:
    """Train a linear layer; ``folds``: the number of each training text's fold. Its epochs are added to ``curves``."""
    choosing = cross_validate(training.features, training.targets, folds, classes, 0.0)
    validated = yield from within(choosing, 0, 500)
    make = partial(HeadTraining, training.features, training.targets, classes, validated.penalty, 0.0, knobs.seed)
    work = get_runtime().run(make)
    endless = itertools.chain.from_iterable(iter(work.batches, None))
    finder = yield from ramp(lambda rate: get_runtime().run(partial(work.step, next(endless), rate)))
    work.restart()
    curves = replace(curves, finder=finder, suggestion=suggestion(finder))
    peak = knobs.learning_rate or curves.suggestion
    first = len(curves.epochs)
    for number in range(1, knobs.epochs + 1):
        training_loss, rate = yield from work.epoch(number - 1, knobs.epochs, peak)
        head = work.head()
        loss, accuracy = get_runtime().run(partial(measured, head.logits, validation))
        epoch = Epoch(first + number, "head", training_loss, loss, accuracy, rate)
        curves = replace(curves, epochs=(*curves.epochs, epoch))
        yield epoch_record(number, knobs.epochs, "Training the head", curves, first=0.5)
    return TrainedHead(head, validated.logits, curves)


def measured(logits_of: Callable[[Tensor], Tensor], examples: Examples) -> tuple[float, float]:
    """Loss in nats and accuracy."""
    logits = logits_of(examples.features)
    loss = float(F.cross_entropy(logits, examples.targets))
    return loss, float((logits.argmax(1) == examples.targets).float().mean())


def epoch_record(number: int, total: int, stage: str, curves: Curves, first: float = 0.0) -> Progress:
    """The record of an epoch. ``first``: the part of the phase that was done before the first one."""
    last = curves.epochs[-1]
    metrics = {"loss": last.loss, "validation_accuracy": last.validation_accuracy}
    step = round(TOTAL * (first + (1 - first) * number / total))
    return Progress(step, TOTAL, f"{stage}: epoch {number} of {total}", metrics=metrics, preview=curves)


def set_linear(layer: torch.nn.Linear, head: Head) -> None:
    """Put a head into a network, rounded as it is saved."""
    layer.weight.data = head.weight.detach().cpu().half().float()
    layer.bias.data = head.bias.detach().cpu().half().float()
