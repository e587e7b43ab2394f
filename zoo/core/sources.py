"""Where official models come from: a source is a module, registered under the prefix of its models' names.

It is registered by its import path, and imported when one of its models is asked for: that takes seconds.
"""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from torch import nn

    from zoo.core.cards import Card
    from zoo.core.jobs import Steps


class Source(Protocol):
    """Models that others publish."""

    def names(self, exhibit: str) -> list[str]:
        """The models that serve an exhibit, as ``PREFIX/NAME``."""

    def card(self, name: str) -> "Card":
        """The card of ``NAME``. Raises NotFoundError."""

    def is_cached(self, card: "Card") -> bool:
        """Whether the weights are on this machine."""

    def fetch(self, card: "Card") -> "Steps[Path]":
        """Download what is missing, with progress."""

    def load(self, card: "Card") -> "nn.Module":
        """The network with its weights, downloaded first where they are missing."""


_modules: dict[str, str] = {}


def register(prefix: str, module: str) -> None:
    """Let ``PREFIX/NAME`` be a model of the source in ``module``."""
    _modules[prefix] = module


def names() -> Iterable[str]:
    """The prefixes of all sources."""
    return _modules.keys()


def load(prefix: str) -> Source:
    """The source of that prefix, imported at the first call. Raises KeyError for an unknown one."""
    return cast(Source, import_module(_modules[prefix]))
