"""Sentences of one language in, sentences of another out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch.nn.utils.rnn import pad_sequence

from zoo.core.cards import Card, find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.decode import beam, greedy
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.text import sentences

if TYPE_CHECKING:
    from torch import Tensor

    from zoo.core.loading import TokenizedModel

MAX_CHARACTERS = 5000
BATCH = 16  # sentences read at once
NAMES = {"bundled": "translator-{}", "marian": "hub/opus-mt-{}"}


@dataclass(frozen=True)
class Translation:
    """``sentences``: each sentence as it was read, and what was made of it. ``milliseconds``: waiting and computing."""

    text: str
    translation: str
    sentences: tuple[tuple[str, str], ...]
    model: str
    restriction: str
    milliseconds: float


def model_of(engine: str, direction: str) -> str:
    """The name of the network that translates in a direction such as en-fr."""
    return NAMES[engine].format(direction)


def translator_card(name: str) -> Card:
    """Raises InputError when the model is not one of translate, NotFoundError when there is none of that name."""
    card = find_card(name)
    if card.exhibit != "translate":
        raise InputError(f"{name} is a model of {card.exhibit}, not of translate: choose another.")
    return card


def checked_text(text: str) -> str:
    """The text itself. Raises InputError when it holds nothing to read, TooLargeError beyond 5,000 characters."""
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(text):,} characters: send at most {MAX_CHARACTERS:,} at a time.")
    if not text.strip():
        raise InputError("There is nothing to translate: type a sentence.")
    return text


def translate(text: str, knobs: TranslateKnobs | None = None) -> Translation:
    """Translate a text, sentence by sentence and line by line.

    Raises InputError for a text with nothing in it, TooLargeError beyond 5,000 characters, UnavailableError when
    Marian's network has to be downloaded and cannot.
    """
    knobs = knobs or TranslateKnobs()
    checked_text(text)
    card = translator_card(model_of(knobs.engine, knobs.direction))
    get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
    start = time.perf_counter()
    parts, (translated,) = _by_sentence(card.name, [text], knobs.beams)
    elapsed = 1000 * (time.perf_counter() - start)
    return Translation(text, translated, parts, card.name, card.restriction, elapsed)


def translations(model: str, texts: Sequence[str], beams: int = 1) -> list[str]:
    """Each text translated, its lines kept apart; an empty one stays empty. Raises as ``translate``."""
    translator_card(model)
    return _by_sentence(model, texts, beams)[1]


def _by_sentence(model: str, texts: Sequence[str], beams: int) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Every sentence with its translation, and the texts put together again."""
    lines = [[sentences(line) for line in readable(text).splitlines()] for text in texts]
    parts = [part for text in lines for line in text for part in line]
    size = BATCH if beams == 1 else 1
    steps = [parts[start : start + size] for start in range(0, len(parts), size)]
    said = [each for step in steps for each in get_runtime().run(partial(_translated, step, beams), model)]
    rest = iter(said)
    whole = ["\n".join(" ".join(islice(rest, len(line))) for line in text) for text in lines]
    return tuple(zip(parts, said, strict=True)), whole


def readable(text: str) -> str:
    """Without what no file and no font can hold: half characters and null bytes."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def _translated(texts: Sequence[str], beams: int, model: "TokenizedModel") -> list[str]:
    source = read(texts, model)
    rows = greedy(model.network, source) if beams == 1 else [beam(model.network, source, beams)]  # type: ignore[arg-type]
    said: list[str] = model.tokenizer.decode_batch(rows)
    return said


def read(texts: Sequence[str], model: "TokenizedModel") -> "Tensor":
    """(B, S) sub-words of sentences, the shorter ones filled up. For the worker alone."""
    rows = [torch.tensor(encoding.ids) for encoding in model.tokenizer.encode_batch(list(texts))]
    filler = float(model.network.pad)  # type: ignore[arg-type]
    return pad_sequence(rows, batch_first=True, padding_value=filler).to(next(model.parameters()).device)
