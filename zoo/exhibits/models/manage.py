"""Models fetched and removed, taken into memory and out of it, and handed out as a zip file."""

import io
import zipfile
from pathlib import Path

from zoo.core import sources, user_models
from zoo.core.background import advanced_in_background
from zoo.core.cards import Card, find_card
from zoo.core.errors import BusyError, InputError
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.exhibits.models.access import check_controls
from zoo.exhibits.models.knobs import MemoryKnobs, ModelKnobs
from zoo.exhibits.models.results import Archive, Fetched, MemoryState

LIMIT = 2**30  # bytes of a folder that is handed out


def fetch(*, knobs: ModelKnobs, owner: str) -> Steps[Fetched]:
    """Download the files of an official model; at once when they are here.

    Raises NotFoundError, UnavailableError without a network, InputError where the operator does not allow it.
    """
    check_controls(owner)
    card = find_card(knobs.model)
    yield Progress(0, message="Looking for its files")
    if card.folder is None:
        yield from advanced_in_background(sources.load(card.source).fetch(card))
    return Fetched(card.name, True, card.size_bytes)


def remove(*, knobs: ModelKnobs, owner: str) -> Fetched:
    """Remove the files of a fetched model, or a model of the owner's; a bundled one stays.

    Raises NotFoundError, BusyError while it is in memory, InputError for a bundled model, for one that is not here, and
    where the operator does not allow it.
    """
    card = find_card(knobs.model)
    if card.source == user_models.SOURCE:
        user_models.remove_owned(card.name, owner)
        return Fetched(card.name, False, card.size_bytes)
    check_controls(owner)
    if card.folder is not None:
        raise InputError(f"{card.name} comes with the project and stays.")
    if not sources.load(card.source).is_cached(card):
        raise InputError(f"{card.name} is not on this machine.")
    if card.name in [model.name for model in get_runtime().loaded()]:
        raise BusyError(f"{card.name} is in memory: unload it first.")
    for path in sources.load(card.source).paths(card):
        path.resolve().unlink(missing_ok=True)  # the hub's tools keep links to blobs
        path.unlink(missing_ok=True)
    return Fetched(card.name, False, card.size_bytes)


def memory(*, knobs: MemoryKnobs, owner: str) -> MemoryState:
    """Load, unload, pin or unpin a model in the memory of this process.

    Raises NotFoundError for a model that is not known or not loaded, BusyError for unloading one that is in use,
    InputError where pinned models would take over half of the budget and where the operator does not allow it.
    """
    check_controls(owner)
    name, runtime = find_card(knobs.model).name, get_runtime()
    match knobs.action:
        case "load":
            runtime.load(name)
        case "unload":
            runtime.unload(name)
        case "pin":
            runtime.load(name)
            runtime.keep(name)
        case "unpin":
            runtime.keep(name, wanted=False)
    return memory_state(name)


def memory_state(name: str) -> MemoryState:
    """Whether a model is in memory now."""
    for model in get_runtime().loaded():
        if model.name == name:
            return MemoryState(name, True, model.pinned, model.in_use, model.bytes)
    return MemoryState(name, False, False, 0, 0)


def archive(*, knobs: ModelKnobs) -> Archive:
    """The folder of a model as a zip file: card, configuration, weights, tokenizer.

    Raises NotFoundError, InputError for one that is not on this machine or too large, or that is no folder.
    """
    card = find_card(knobs.model)
    files = files_of(card)
    if sum(file.stat().st_size for file in files) > LIMIT:
        raise InputError(f"{card.name} is larger than {LIMIT / 1e9:.0f} GB: copy its folder from the machine itself.")
    folder, packed = card.name.partition("@")[0].rpartition("/")[2], io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive_file:  # weights hardly shrink
        for file in files:
            archive_file.write(file, f"{folder}/{file.name}")
    return Archive(card.name, card.restriction, {file.name: file.stat().st_size for file in files}, packed.getvalue())


def files_of(card: Card) -> list[Path]:
    """The files of a model on this machine. Raises InputError where there are none."""
    if card.folder is not None:
        return sorted(file for file in card.folder.iterdir() if file.is_file() and not file.name.startswith("."))
    source = sources.load(card.source)
    if not source.is_cached(card):
        raise InputError(f"{card.name} is not on this machine: fetch it first ({card.size_bytes / 1e6:.0f} MB).")
    return source.paths(card)
