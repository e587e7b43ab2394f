"""Model cards: one frozen ``Card`` per model, read from folders shaped like a Hugging Face repository.

A folder holds ``README.md`` (front matter: licence, restriction, training data, ``model-index``), ``config.json``
(architecture, preprocessing, classes) and ``model.safetensors``, whose header gives parameters and bytes. Listing
imports no torch.
"""

import functools
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard

from zoo.core import class_names, sources
from zoo.core.assets import MODELS
from zoo.core.errors import InputError, NotFoundError

WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
PLAIN = ("loss ratio", "relative error", "bits per character")  # kinds of metrics that are no fractions
SCORES = ("bleu", "chrf")  # kinds of metrics from 0 to 100 that are no percentages


@dataclass(frozen=True)
class Metric:
    """A measured ``value`` of ``name`` on ``dataset``: a fraction, unless its ``kind`` is a plain one or a score."""

    name: str
    value: float
    dataset: str
    kind: str = "accuracy"

    @property
    def formatted(self) -> str:
        """The value as text: a percentage, a score or a plain number."""
        if self.kind in SCORES:
            return f"{self.value:.1f}"
        return f"{self.value:.2f}" if self.kind in PLAIN else f"{self.value:.1%}"


@dataclass(frozen=True)
class TrainingData:
    name: str
    licence: str


@dataclass(frozen=True)
class ClassName:
    """A class of a model; ``id`` is its WordNet id where it has one."""

    id: str
    label: str


@dataclass(frozen=True)
class Card:
    """What interfaces, pages and tests need of a model without loading it."""

    name: str
    exhibit: str
    title: str
    source: str  # "bundled", "own", "torchvision", ...
    size_bytes: int
    parameters: int
    licence: str
    restriction: str
    metrics: tuple[Metric, ...]
    training_data: tuple[TrainingData, ...]
    citation: str
    config: dict[str, Any] = field(repr=False, compare=False)
    folder: Path | None = field(default=None, repr=False, compare=False)
    weights: str = "given"  # "trained here", "fine-tuned here", "given", or words for a mixture of these

    @functools.cached_property
    def classes(self) -> tuple[ClassName, ...]:
        return tuple(ClassName(**entry) for entry in self.config["classes"])

    def class_index(self, name: str) -> int:
        """The index of the logit of a class, by its id or label; see ``zoo.core.class_names``.

        Raises InputError for a name that no class has or several have.
        """
        return class_names.class_index(self.name, self.classes, name)

    def summary(self) -> "CardSummary":
        """What lists and API answers show."""
        return CardSummary(
            self.name,
            self.exhibit,
            self.title,
            self.source,
            self.size_bytes,
            self.parameters,
            self.licence,
            self.restriction,
            self.metrics,
            self.training_data,
            self.citation,
            self.weights,
        )


@dataclass(frozen=True)
class CardSummary:
    """A card without its configuration. ``size_bytes``: of the file of weights. ``weights``: who trained them."""

    name: str
    exhibit: str
    title: str
    source: str
    size_bytes: int
    parameters: int
    licence: str
    restriction: str
    metrics: tuple[Metric, ...]
    training_data: tuple[TrainingData, ...]
    citation: str
    weights: str


def tensor_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: shape and type by tensor name."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n")


def read_card(folder: Path, name: str = "", source: str = "bundled") -> Card:
    """The card of a folder, named like it or ``name``. Raises KeyError when it lacks a field that all must have."""
    front = ModelCard.load(folder / "README.md", ignore_metadata_errors=False).data
    config = json.loads((folder / CONFIG_FILE).read_text())
    weights = folder / WEIGHTS_FILE
    extra = front.to_dict()
    return Card(
        name=name or folder.name,
        exhibit=config["exhibit"],
        title=config["title"],
        source=source,
        size_bytes=weights.stat().st_size,
        parameters=sum(math.prod(tensor["shape"]) for tensor in tensor_header(weights).values()),
        licence=extra["license_name"] if extra["license"] == "other" else extra["license"],
        restriction=extra["restriction"],
        metrics=tuple(
            Metric(
                result.metric_name or result.metric_type, result.metric_value, result.dataset_name, result.metric_type
            )
            for result in front.eval_results or []
        ),
        training_data=tuple(TrainingData(**entry) for entry in extra["training_data"]),
        citation=extra["citation"],
        config=config,
        folder=folder,
        weights=str(extra.get("weights", "")),  # models that users saved before 0.2 have none
    )


@functools.cache
def bundled_cards() -> tuple[Card, ...]:
    """The cards of the models that come with the project, by name."""
    return tuple(read_card(folder) for folder in sorted(MODELS.iterdir()) if (folder / CONFIG_FILE).exists())


def exhibit_cards(exhibit: str) -> tuple[Card, ...]:
    """The bundled cards of one exhibit."""
    return tuple(card for card in bundled_cards() if card.exhibit == exhibit)


def find_card(name: str) -> Card:
    """The card of a bundled model, or of ``SOURCE/NAME``: ``torchvision/resnet50``, ``hub/gpt2``, ``own/TOKEN``.

    Raises NotFoundError.
    """
    for card in bundled_cards():
        if card.name == name:
            return card
    origin, _, rest = name.partition("/")
    if rest and origin in sources.prefixes():
        return sources.load(origin).card(rest)
    known = ", ".join(card.name for card in bundled_cards())
    raise NotFoundError(
        f"There is no model named {name!r}. Bundled: {known}; others: torchvision/resnet50, hub/OWNER/NAME."
    )


def require_card(name: str, *exhibits: str) -> Card:
    """The card of a model that serves one of ``exhibits``.

    Raises InputError when it serves another, NotFoundError when there is none of that name.
    """
    card = find_card(name)
    if card.exhibit not in exhibits:
        raise InputError(f"{name} is a model of {card.exhibit}, not of {exhibits[0]}: choose another.")
    return card
