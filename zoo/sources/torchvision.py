"""torchvision's classifiers as cards: names, classes, preprocessing, metrics and licence come from its registry.

Its files are fetched by ``zoo.core.weights.download`` into torch's own cache, where torchvision finds them, so that
its builders do the rest.
"""

import functools
import re
from collections import deque
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum

from zoo.core.cards import Card, Metric, TrainingData
from zoo.core.errors import NotFoundError
from zoo.core.rng_state import SeparateGenerator
from zoo.core.sources import Task, exhibit_of
from zoo.core.steps import Steps
from zoo.core.storage import set_aside
from zoo.core.weights import download, matches
from zoo.sources.imagenet import class_names

PREFIX = "torchvision/"
TASK: Task = "image-classification"


def names(task: Task = TASK) -> list[str]:
    """Every classification model of torchvision's registry, as ``torchvision/NAME``; none for another task."""
    return [PREFIX + name for name in models.list_models(module=models)] if task == TASK else []


@functools.cache
def _weights(name: str) -> WeightsEnum:
    if PREFIX + name not in names():
        raise NotFoundError(f"torchvision has no classification model named {name!r}.")
    weights: WeightsEnum = models.get_model_weights(name).DEFAULT
    return weights


def _licence(meta: dict[str, Any]) -> tuple[str, str]:
    """(licence, restriction). torchvision names a licence only where it is not its own."""
    licence = str(meta.get("license", ""))
    if licence:
        return licence, "non-commercial"
    return "BSD-3-Clause (code); weights trained on ImageNet", "research use"


@functools.cache
def card(name: str) -> Card:
    """The card of ``name`` with torchvision's best weights for it. Raises NotFoundError."""
    weights = _weights(name)
    meta = weights.meta
    transform = weights.transforms()
    view = {
        "resize": transform.resize_size[0],
        "crop": transform.crop_size[0],
        "interpolation": transform.interpolation.value,
    }
    licence, restriction = _licence(meta)
    return Card(
        name=PREFIX + name,
        exhibit=exhibit_of(TASK) or "",
        title=f"{name} ({weights.name})",
        source="torchvision",
        size_bytes=round(meta["_file_size"] * 1e6),
        parameters=meta["num_params"],
        licence=licence,
        restriction=restriction,
        metrics=tuple(
            Metric(metric, value / 100, f"{dataset}, as published")
            for dataset, values in meta["_metrics"].items()
            for metric, value in values.items()
        ),
        training_data=(TrainingData("ImageNet-1K", "research use"),),
        citation=meta["recipe"],
        config={
            "preprocessing": {"views": [view], "mean": tuple(transform.mean), "std": tuple(transform.std)},
            "classes": class_names(meta["categories"]),
        },
    )


def weights_path(card: Card) -> Path:
    """Where torchvision looks for the file of this card."""
    url = _weights(card.name.removeprefix(PREFIX)).url
    return Path(str(torch.hub.get_dir()), "checkpoints", url.rpartition("/")[2])


def is_cached(card: Card) -> bool:
    """Whether the weights have been fetched before."""
    return weights_path(card).exists()


def paths(card: Card) -> list[Path]:
    """The file of weights."""
    return [weights_path(card)]


def fetch(card: Card) -> Steps[Path]:
    """Download the weights, with progress; at once when they are there."""
    return download(_weights(card.name.removeprefix(PREFIX)).url, weights_path(card), _hash(card))


def _hash(card: Card) -> str:
    """The first digits of the SHA-256 of the weights, which their file's name ends with."""
    match = re.search(r"-([0-9a-f]{8,})\.pth$", _weights(card.name.removeprefix(PREFIX)).url)
    return match.group(1) if match else ""


def load(card: Card) -> nn.Module:
    """The network with its weights, downloading them first where they are missing or damaged."""
    path = weights_path(card)
    if path.exists() and not matches(path, _hash(card)):
        set_aside(path)
    deque(fetch(card), maxlen=0)
    name = card.name.removeprefix(PREFIX)
    with SeparateGenerator():
        network: nn.Module = models.get_model(name, weights=_weights(name))
    return network
