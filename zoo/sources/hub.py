"""Models of the Hugging Face hub: ``hub/NAME`` for the pinned ones, ``hub/OWNER/NAME@REVISION`` for any other.

A pinned model's network is one of ours. Of the others, GPT-2, RoBERTa and Marian are loaded into our networks too, and
the rest by transformers: weights as safetensors only, and no code of the repository.
"""

import json
from collections import deque
from pathlib import Path

from torch import nn

from zoo.core.cards import Card
from zoo.core.device import memory_limit_bytes
from zoo.core.errors import InputError, NotFoundError
from zoo.core.sources import PinnedModel, Task, exhibit_of, pinned_models
from zoo.core.steps import Steps
from zoo.sources import architectures, hub_cards
from zoo.sources.hub_download import download, snapshot

PREFIX = "hub/"
CONFIG = "config.json"


def names(task: Task) -> list[str]:
    """The pinned models of a task, as ``hub/NAME``; any other is found by its name alone."""
    return [model.card.name for model in pinned_models(task)]


def card(name: str) -> Card:
    """The card of ``NAME`` or of ``OWNER/NAME@REVISION``; without a revision, of the newest one.

    Raises NotFoundError, InputError for a model that no exhibit can use, UnavailableError without a network.
    """
    if "/" in name:
        return hub_cards.card(hub_cards.find(name))
    return pinned(PREFIX + name).card


def pinned(name: str) -> PinnedModel:
    """The pinned model ``hub/NAME``. Raises NotFoundError."""
    for model in pinned_models():
        if model.card.name == name:
            return model
    known = ", ".join(model.card.name for model in pinned_models())
    raise NotFoundError(
        f"There is no model named {name!r} among those pinned: there is {known}. Any other is hub/OWNER/NAME."
    )


def folder(card: Card) -> Path:
    """Where the hub's own tools keep this revision."""
    model = hub_cards.find(card.name.removeprefix(PREFIX)) if _is_any(card) else pinned(card.name)
    return snapshot(model.repository, model.revision)


def is_cached(card: Card) -> bool:
    """Whether all files have been fetched before; the weights come last."""
    return (folder(card) / files(card)[-1]).exists()


def files(card: Card) -> tuple[str, ...]:
    """What is fetched, the weights last."""
    if _is_any(card):
        return hub_cards.find(card.name.removeprefix(PREFIX)).files
    model = pinned(card.name)
    return (CONFIG, *architectures.ARCHITECTURES[model.architecture].files, model.weights)


def paths(card: Card) -> list[Path]:
    """The files of the revision that are here."""
    return [path for path in (folder(card) / file for file in files(card)) if path.exists()]


def fetch(card: Card) -> Steps[Path]:
    """Download what is missing, with progress; at once when all is there.

    Raises UnavailableError without a network, InputError for a model larger than this machine's memory.
    """
    if _is_any(card):
        facts = hub_cards.find(card.name.removeprefix(PREFIX))
        limit = memory_limit_bytes()
        if facts.size_bytes > limit:
            raise InputError(
                f"{card.name} has {facts.size_bytes / 1e9:.1f} GB of weights, and this machine {limit / 1e9:.1f} GB of "
                "memory: choose a smaller model."
            )
        return (yield from download(facts.repository, facts.revision, facts.files, facts.size_bytes, facts.sha256))
    model = pinned(card.name)
    hashes = {model.weights: model.sha256}
    return (yield from download(model.repository, model.revision, files(card), card.size_bytes, hashes))


def load(card: Card) -> nn.Module:
    """The network with what prepares its input, downloaded first where files are missing. Raises as ``fetch``."""
    deque(fetch(card), maxlen=0)
    where = folder(card)
    config = json.loads((where / CONFIG).read_text())
    if not _is_any(card):
        model = pinned(card.name)
        return architectures.load(architectures.ARCHITECTURES[model.architecture], config, where, model.weights)
    facts = hub_cards.find(card.name.removeprefix(PREFIX))
    architecture = architectures.find_architecture(config, facts.files)
    if architecture is not None and facts.files[-1] == hub_cards.SINGLE_FILE:
        return architectures.load(architecture, config, where, hub_cards.SINGLE_FILE)
    from zoo.sources import transformers_models  # imports transformers, which takes seconds

    return transformers_models.load(facts.task, where)


def _is_any(card: Card) -> bool:
    return "/" in card.name.removeprefix(PREFIX)


def serves(task: str) -> bool:
    """Whether some exhibit uses models of this task."""
    return exhibit_of(task) is not None
