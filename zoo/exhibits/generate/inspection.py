"""A look inside: how much a text surprises the network, and where it looks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.core.errors import InputError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate.decoding import END, MAX_CHARACTERS, writer_card
from zoo.exhibits.generate.knobs import DEFAULT_MODEL

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


PLACES = 512  # of the smallest context among the models


@dataclass(frozen=True)
class Surprise:
    """``bits`` that each of ``pieces`` of a text cost the network, which knew what stood before."""

    pieces: tuple[str, ...]
    bits: tuple[float, ...]

    @property
    def perplexity(self) -> float:
        """Among how many sub-words, all as likely, it had to choose on the average."""
        return float(2 ** np.mean(self.bits))


def surprise(text: str, model: str = DEFAULT_MODEL) -> Surprise:
    """What each sub-word of a text costs.

    Raises InputError for an empty one, TooLargeError beyond 20,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(text):,} characters: send at most {MAX_CHARACTERS:,} at a time.")
    text = text.encode("utf-8", "replace").decode()
    if not text.strip():
        raise InputError("There is nothing to read: paste a text.")
    writer_card(model)
    run = get_runtime().run
    ids, pieces = run(partial(cut, text), model)
    bits = [each for window in windows(ids) for each in run(partial(bits_of, window), model)]
    return Surprise(tuple(pieces), tuple(bits))


def cut(text: str, model: "TokenizedModel") -> tuple[list[int], list[str]]:
    """A text's sub-words as numbers and as parts of it. For the worker alone."""
    encoding = model.tokenizer.encode(text)
    return encoding.ids, [text[begin:end] for begin, end in encoding.offsets]


@dataclass(frozen=True)
class Window:
    """``ids`` to be measured, behind those that are only ``known``."""

    known: tuple[int, ...]
    ids: tuple[int, ...]


def windows(ids: list[int], places: int = PLACES) -> Iterator[Window]:
    """All ids in order, each but the first ones with at least half a context before it."""
    half = places // 2
    for start in range(0, len(ids), half):
        yield Window(tuple(ids[max(0, start - half + 1) : start]), tuple(ids[start : start + half]))


@torch.inference_mode()
def bits_of(window: Window, model: "TokenizedModel") -> list[float]:
    """Of each sub-word in a window; the first of a text stands behind the mark of an end. For the worker alone."""
    end = model.tokenizer.token_to_id(END)
    row = torch.tensor([[*(window.known or (end,)), *window.ids]], device=next(model.parameters()).device)
    logits, _ = model.network(row[:, :-1])
    measured = logits[0, -len(window.ids) :].float().log_softmax(1)
    nats = -measured.gather(1, row[0, -len(window.ids) :, None])[:, 0]
    bits: list[float] = (nats / math.log(2)).tolist()
    return bits


def attention(text: str, model: str = DEFAULT_MODEL) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The last sub-words of a text, and (layers, heads, T, T) shares of the look from each at those before it."""
    writer_card(model)
    return get_runtime().run(partial(_looks, text.encode("utf-8", "replace").decode()), model)


@torch.inference_mode()
def _looks(text: str, model: "TokenizedModel") -> tuple[tuple[str, ...], NDArray[np.float32]]:
    ids, pieces = cut(text, model)
    if not ids:
        raise InputError("There is nothing to look at: write a text first.")
    places = int(model.network.places)  # type: ignore[arg-type]
    device = next(model.parameters()).device
    looks: list[Tensor] = []
    model.network(torch.tensor([ids[-places:]], device=device), looks=looks)
    return tuple(pieces[-places:]), torch.cat(looks).float().cpu().numpy()
