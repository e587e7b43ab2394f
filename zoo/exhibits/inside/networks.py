"""Which networks can be opened, and how an input is prepared for one: as the exhibit of the model prepares it."""

import difflib
from collections.abc import Callable
from os.path import isfile
from typing import Any

from zoo.core import loading
from zoo.core.cards import Card, bundled_cards, find_card
from zoo.core.errors import InputError, NotFoundError, TooLargeError
from zoo.core.inputs import AnyInput, Takes, as_taken
from zoo.core.model_inputs import ModelInput, picture_input

RATE = 16_000  # samples a second of the sounds that all networks here read
READS = {"image": ("pictures", "coffee"), "sound": ("sounds", "rain")}  # in words, and an example


def takes(card: Card) -> Takes | None:
    """What a model reads; None where nobody has declared how an input becomes its forward pass."""
    from zoo.exhibits import find_exhibit

    try:
        declared = find_exhibit(card.exhibit).takes
    except NotFoundError:  # a network that no exhibit shows, as those that losses are computed with
        declared = None
    return declared or ("image" if "preprocessing" in card.config else None)


def openable() -> tuple[Card, ...]:
    """The bundled models that can be opened, by exhibit."""
    return tuple(card for card in sorted(bundled_cards(), key=lambda card: card.exhibit) if takes(card))


def read(model: str, value: AnyInput) -> tuple[Card, ModelInput]:
    """A model's card, and an input as the model's own exhibit prepares it.

    Raises NotFoundError, InputError for a model that is not on this machine or an input that it does not read, and what
    the decoder or the exhibit raises.
    """
    card = find_card(model)
    kind = takes(card)
    if kind is None:
        raise InputError(f"{card.name} cannot be opened: nothing tells how it reads an input. Choose another model.")
    if not loading.is_cached(card):
        raise InputError(f"{card.name} is not on this machine: fetch it first ({card.size_bytes / 1e6:.0f} MB).")
    return card, read_taken(card, _taken(card, value, kind))


def _taken(card: Card, value: AnyInput, kind: Takes) -> Any:
    """The decoded input. Raises InputError, which says what the model reads where it was given something else."""
    if kind == "text":
        return as_taken(value, kind, RATE)
    words, sample = READS[kind]
    reads = f"{card.name} reads {words}"
    # Path.is_file() raises for a name that is too long or has a null character.
    if isinstance(value, str) and not isfile(value):  # noqa: PTH113
        raise InputError(
            f"{reads}, and there is no file at {value[:60]!r}: give the path of a file, or of an example, as "
            f"zoo example {sample} prints it."
        )
    try:
        return as_taken(value, kind, RATE)
    except TooLargeError:
        raise
    except InputError as error:
        raise InputError(f"{reads}. {error}") from error


def read_taken(card: Card, value: Any) -> ModelInput:
    """A decoded input as the exhibit of a model prepares it. Raises what the exhibit raises."""
    return _reader(card)(card, value)


def _reader(card: Card) -> Callable[[Card, Any], ModelInput]:
    from zoo.exhibits import find_exhibit

    try:
        exhibit = find_exhibit(card.exhibit)
    except NotFoundError:
        return picture_input
    reader: Callable[[Card, Any], ModelInput] = exhibit.module().model_input if exhibit.takes else picture_input
    return reader


def check_layer(name: str, known: list[str], model: str) -> str:
    """The name itself. Raises InputError, which lists near ones, for a layer that the network does not have."""
    if name in known:
        return name
    ends = [each for each in known if each.endswith(f".{name}")]
    near = ends[:5] or difflib.get_close_matches(name, known, 5, 0.5) or known[:5]
    raise InputError(f"{model} has no layer {name[:80]!r} that was called: there is {', '.join(near)}.")
