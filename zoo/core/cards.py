"""Model cards: one frozen ``Card`` per model, read from folders shaped like a Hugging Face repository.

A folder holds ``README.md`` (front matter: licence, restriction, training data, ``model-index``), ``config.json``
(architecture, preprocessing, classes) and ``model.safetensors``, whose header gives parameters and bytes. Listing
imports no torch.
"""

import functools
import json
import logging
import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import yaml
from huggingface_hub import ModelCard, ModelCardData
from pydantic import BaseModel, ValidationError

from zoo.core import checksums, class_names, sources
from zoo.core.assets import MODELS
from zoo.core.errors import DamagedModelError, InputError, NotFoundError

logger = logging.getLogger(__name__)
WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
HEAD_OF = "head_of"  # in a config: the model whose last layer, named "head", is replaced by this one
REPAIR = ": install it again."  # how the reason of a damaged model ends
BUNDLED = "bundled"  # the source of the models that come with the project
# kinds of metrics that are no fractions
PLAIN = ("loss ratio", "relative error", "bits per character", "perceptual distance", "feature distance")
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
        given = (each.name for each in fields(CardSummary) if each.name != "unavailable")
        return CardSummary(**{name: getattr(self, name) for name in given})


@dataclass(frozen=True)
class CardSummary:
    """A card without its configuration. ``size_bytes``: of the file of weights. ``weights``: who trained them.

    ``unavailable``: why the model cannot be used; empty for one that can.
    """

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
    unavailable: str = ""


def tensor_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: shape and type by tensor name. Raises ValueError for another file."""
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= path.stat().st_size:
            raise ValueError("it is no safetensors file, or a part of one")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("its header is no object")
    header.pop("__metadata__", None)
    return header


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n")


class _Front(BaseModel):
    """What must stand in the front matter of a card."""

    license: str
    license_name: str = ""
    restriction: str
    training_data: list[TrainingData]
    citation: str
    weights: str = ""  # models that users saved before 0.2 have none


class _Config(BaseModel):
    """What must stand in config.json. Other members belong to the exhibit."""

    exhibit: str
    title: str
    architecture: dict[str, Any] | None = None
    preprocessing: dict[str, Any] | None = None
    classes: list[ClassName] | None = None
    base: str | None = None


def read_card(folder: Path, name: str = "", source: str = BUNDLED) -> Card:
    """The card of a folder, named like it or ``name``.

    Raises DamagedModelError, with the file and the reason, where a file or a field is missing or not what it must be.
    """
    with _reading(folder / "README.md"):
        text = (folder / "README.md").read_text(encoding="utf-8")
        front = cast(ModelCardData, ModelCard(text, ignore_metadata_errors=False).data)
        facts = _Front.model_validate(front.to_dict())  # type: ignore[no-untyped-call]
        metrics = tuple(
            Metric(str(e.metric_name or e.metric_type), float(e.metric_value), str(e.dataset_name), str(e.metric_type))
            for e in front.eval_results or []
        )
    with _reading(folder / CONFIG_FILE):
        config = json.loads(checksums.checked_bytes(folder / CONFIG_FILE))
        parsed = _Config.model_validate(config)
    with _reading(folder / WEIGHTS_FILE):
        size = (folder / WEIGHTS_FILE).stat().st_size
        parameters = sum(math.prod(tensor["shape"]) for tensor in tensor_header(folder / WEIGHTS_FILE).values())
    return Card(
        name=name or folder.name,
        exhibit=parsed.exhibit,
        title=parsed.title,
        source=source,
        size_bytes=size,
        parameters=parameters,
        licence=facts.license_name if facts.license == "other" else facts.license,
        restriction=facts.restriction,
        metrics=metrics,
        training_data=tuple(facts.training_data),
        citation=facts.citation,
        config=config,
        folder=folder,
        weights=facts.weights,
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What goes wrong with a file becomes a DamagedModelError that names the file, and no folder."""
    try:
        yield
    except ValidationError as error:  # of pydantic; a ValueError too
        first = error.errors()[0]
        reason = ".".join(str(part) for part in first["loc"]) + f": {first['msg']}"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except yaml.YAMLError:
        reason = "its front matter is no YAML"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
    else:
        return
    raise DamagedModelError(f"{path.name} cannot be used ({reason}){REPAIR}")


# Bundled models that cannot be used, the reason by name: of folders as they were last read, and of loads that failed.
_unreadable: dict[str, str] = {}
_unloadable: dict[str, str] = {}


@functools.cache
def bundled_cards() -> tuple[Card, ...]:
    """The cards of the models that come with the project and can be used, by name. For others see ``damaged_models``.

    A folder that cannot be read costs no other model anything.
    """
    _unreadable.clear()
    try:
        folders = sorted(folder for folder in MODELS.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    except OSError:
        logger.exception("the bundled models cannot be listed")
        return ()
    cards = []
    for folder in folders:
        if folder.name in _unloadable:
            continue
        try:
            cards.append(read_card(folder))
        except DamagedModelError as error:
            _unreadable[folder.name] = str(error)
            logger.error("the model %s is unavailable: %s", folder.name, error)
    return tuple(cards)


def set_damaged(name: str, reason: str) -> None:
    """Let a bundled model be unavailable in this process for a reason, and write that to the log."""
    logger.error("the model %s is unavailable: %s", name, reason)
    _unloadable[name] = reason
    bundled_cards.cache_clear()


def forget_damage() -> None:
    """Read all folders again at the next use, and try again to load what could not be loaded."""
    _unloadable.clear()
    bundled_cards.cache_clear()


def damaged_models() -> dict[str, str]:
    """The bundled models that cannot be used: the reason by name."""
    bundled_cards()
    return _unreadable | _unloadable


def summaries(exhibit: str | None = None) -> list[CardSummary]:
    """The list of models: those of an exhibit or all, and those that are unavailable, whose exhibit is not known."""
    usable = [card.summary() for card in bundled_cards() if exhibit in (None, card.exhibit)]
    broken = [damaged_summary(name, BUNDLED, reason) for name, reason in sorted(damaged_models().items())]
    return usable + broken


def damaged_summary(name: str, source: str, reason: str) -> CardSummary:
    """What a list has of a model that cannot be read."""
    return CardSummary(name, "", name, source, 0, 0, "", "", (), (), "", "", unavailable=reason)


def exhibit_cards(exhibit: str) -> tuple[Card, ...]:
    """The bundled cards of one exhibit."""
    return tuple(card for card in bundled_cards() if card.exhibit == exhibit)


def find_card(name: str) -> Card:
    """The card of a bundled model, or of ``SOURCE/NAME``: ``torchvision/resnet50``, ``hub/gpt2``, ``own/TOKEN``.

    Raises NotFoundError, DamagedModelError for a model whose files cannot be used.
    """
    for card in bundled_cards():
        if card.name == name:
            return card
    if reason := damaged_models().get(name):
        raise DamagedModelError(f"The model {name} is unavailable: {reason} The other models work.")
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
    try:
        card = find_card(name)
    except NotFoundError as error:
        if "/" in name:
            raise
        known = ", ".join(card.name for exhibit in exhibits for card in exhibit_cards(exhibit))
        raise NotFoundError(f"There is no model named {name!r} here. Bundled: {known}.") from error
    if card.exhibit not in exhibits:
        raise InputError(f"{name} is a model of {card.exhibit}, not of {exhibits[0]}: choose another.")
    return card
