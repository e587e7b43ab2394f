"""Where models come from beside the bundled ones: a source is a module, registered under the prefix of its names.

A source is registered by its import path and imported when one of its models is asked for. Which exhibit serves a task
of the Hugging Face hub, and which of the hub's models an exhibit pins, is registered here too: sources know tasks, and
no exhibit. ``zoo.facade`` does the registering.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:
    from torch import nn

    from zoo.core.cards import Card
    from zoo.core.steps import Steps

Task = Literal["image-classification", "audio-classification", "text-classification", "translation", "text-generation"]
"""The hub's own names of tasks."""


class Source(Protocol):
    """A module of models."""

    def names(self, task: Task) -> list[str]:
        """The models that it offers for a task, as ``PREFIX/NAME``."""

    def card(self, name: str) -> "Card":
        """The card of ``NAME``. Raises NotFoundError."""

    def is_cached(self, card: "Card") -> bool:
        """Whether the weights are on this machine."""

    def paths(self, card: "Card") -> list[Path]:
        """The files of a model that is on this machine."""

    def fetch(self, card: "Card") -> "Steps[Path]":
        """Download what is missing, with progress. Raises UnavailableError."""

    def load(self, card: "Card") -> "nn.Module":
        """The network with its weights, downloaded first where they are missing. Raises UnavailableError."""


@dataclass(frozen=True)
class PinnedModel:
    """A model of the Hugging Face hub at a fixed revision, whose network is one of ours.

    ``repository``: OWNER/NAME. ``revision``: a commit. ``architecture``: one of ``zoo.sources.architectures``.
    ``sha256``: of ``weights``, its file of weights; empty: the hash that the hub itself gives is checked.
    """

    card: "Card"
    repository: str
    revision: str
    architecture: Literal["gpt2", "roberta", "marian"]
    sha256: str = ""
    weights: str = "pytorch_model.bin"


_modules: dict[str, str] = {}
_exhibits: dict[str, str] = {}
_pins: dict[str, str] = {}


def register(prefix: str, module: str) -> None:
    """Let ``PREFIX/NAME`` be a model of the source in ``module``."""
    _modules[prefix] = module


def serve(task: Task, exhibit: str, pins: str = "") -> None:
    """Let an exhibit serve a task. ``pins``: its module with a tuple ``HUB_MODELS`` of ``PinnedModel``, if any."""
    _exhibits[task] = exhibit
    if pins:
        _pins[task] = pins


def prefixes() -> Iterable[str]:
    """The prefixes of all sources."""
    return _modules.keys()


def load(prefix: str) -> Source:
    """The source of that prefix, imported at the first call. Raises KeyError for an unknown one."""
    return cast(Source, import_module(_modules[prefix]))


def exhibit_of(task: str) -> str | None:
    """The exhibit that serves a task, or None."""
    return _exhibits.get(task)


def task_of(exhibit: str) -> Task | None:
    """The task that an exhibit serves, or None."""
    return next((cast(Task, task) for task, name in _exhibits.items() if name == exhibit), None)


def pinned_models(task: Task | None = None) -> tuple[PinnedModel, ...]:
    """The pinned models of one task, or of all."""
    modules = [module for name, module in _pins.items() if task in (None, name)]
    return tuple(model for module in modules for model in import_module(module).HUB_MODELS)
