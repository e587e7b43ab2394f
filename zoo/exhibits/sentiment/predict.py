"""Tweets in, odds of their sentiment out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.core.cards import Card, find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.knobs import SentimentKnobs
from zoo.exhibits.sentiment.labels import THREE, TWO
from zoo.exhibits.sentiment.readers import Reader, reader_of
from zoo.exhibits.sentiment.text import Tokens

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

MAX_CHARACTERS = 10_000
BATCH = 128


@dataclass(frozen=True)
class Answer:
    """What one model makes of a text: the odds of each label, in [0, 1] with sum 1, and the best of them.

    ``polarity``: the odds of positive minus those of negative, in [-1, 1]. ``milliseconds``: waiting and computing.
    """

    model: str
    restriction: str
    label: str
    probabilities: dict[str, float]
    polarity: float
    milliseconds: float


@dataclass(frozen=True)
class Sentiment:
    """An answer per model, in the order asked."""

    text: str
    answers: tuple[Answer, ...]


def checked_text(text: str) -> str:
    """The text itself. Raises InputError when it holds nothing to read, TooLargeError beyond 10,000 characters."""
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is {len(text):,} characters; a tweet may have {MAX_CHARACTERS:,}: send less.")
    if not text.strip():
        raise InputError("There is nothing to read: type a few words.")
    return text


def sentiment_card(name: str) -> Card:
    """Raises InputError when the model is not one of sentiment, NotFoundError when there is none of that name."""
    card = find_card(name)
    if card.exhibit != "sentiment":
        raise InputError(f"{name} is a model of {card.exhibit}, not of sentiment: choose another.")
    return card


def probabilities(model: str, texts: Sequence[str], neutral: bool = True) -> NDArray[np.float32]:
    """(N, 3) odds of negative, neutral and positive; or (N, 2) of negative and positive. Empty texts are allowed."""
    card = sentiment_card(model)
    parts = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    scores = [get_runtime().run(partial(_predict, card, part, neutral), model) for part in parts]
    return np.concatenate(scores) if scores else np.empty((0, 3 if neutral else 2), np.float32)


def _predict(card: Card, texts: Sequence[str], neutral: bool, model: "TokenizedModel") -> NDArray[np.float32]:
    reader = reader_of(card, model)
    return odds(card, reader, reader.cut(texts), neutral)


def odds(card: Card, reader: Reader, rows: Sequence[Tokens], neutral: bool) -> NDArray[np.float32]:
    """Odds of texts already cut into sub-words; for the worker alone."""
    temperature = card.config["temperatures"]["three" if neutral else "two"]
    device = next(reader.model.parameters()).device
    tokens = torch.full((len(rows), max(len(row.ids) for row in rows)), reader.pad)
    for place, row in enumerate(rows):
        tokens[place, : len(row.ids)] = torch.tensor(row.ids)
    with torch.inference_mode():
        three, two = reader.read(tokens.to(device))
        scores: NDArray[np.float32] = ((three if neutral else two) / temperature).softmax(1).cpu().numpy()
        return scores


def sentiment(text: str, knobs: SentimentKnobs | None = None) -> Sentiment:
    """Ask each model of ``knobs.model`` what feeling a text carries.

    Raises InputError for a text with nothing in it or a model that is not one of sentiment, TooLargeError beyond
    10,000 characters, NotFoundError for an unknown model.
    """
    knobs = knobs or SentimentKnobs()
    checked_text(text)
    answers = []
    for name in dict.fromkeys(knobs.model):
        card = sentiment_card(name)
        get_runtime().load(name)  # before the clock starts: the time is that of a prediction
        start = time.perf_counter()
        (row,) = probabilities(name, [text], knobs.neutral)
        elapsed = 1000 * (time.perf_counter() - start)
        answers.append(answer(card, row, elapsed))
    return Sentiment(text, tuple(answers))


def answer(card: Card, row: NDArray[np.float32], milliseconds: float) -> Answer:
    labels = THREE if len(row) == len(THREE) else TWO
    by_label = dict(zip(labels, row.tolist(), strict=True))
    polarity = by_label["positive"] - by_label["negative"]
    return Answer(card.name, card.restriction, labels[int(row.argmax())], by_label, polarity, milliseconds)
