"""Texts in, calibrated class probabilities out."""

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.core.answers import Answer, Prediction
from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.knobs import MAX_CHARACTERS, SentimentKnobs
from zoo.exhibits.sentiment.labels import labels_of
from zoo.exhibits.sentiment.results import Sentiment
from zoo.exhibits.sentiment.text_classifiers import TextClassifier, text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

BATCH_SIZE = 128


def sentiment_card(name: str) -> Card:
    """Raises InputError when the model belongs to another exhibit, NotFoundError when there is none of that name."""
    return require_card(name, "sentiment")


def checked_text(text: str) -> str:
    """The text as valid Unicode: a lone surrogate becomes "?".

    Raises InputError for a text without any words, TooLargeError beyond 10,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed.")
    if not text.strip():
        raise InputError("The text is empty: type a few words.")
    return text.encode("utf-8", "replace").decode()


def probabilities(model: str, texts: Sequence[str], neutral: bool = True) -> NDArray[np.float32]:
    """(N, 3) probabilities of negative, neutral and positive; without ``neutral`` (N, 2) of negative and positive.

    Empty texts are allowed. Logits are divided by the temperature that minimises the cross-entropy on held-out texts
    (Guo et al. 2017, arXiv:1706.04599).
    """
    card = sentiment_card(model)
    batches = [texts[start : start + BATCH_SIZE] for start in range(0, len(texts), BATCH_SIZE)]
    rows = [get_runtime().run(partial(_predict, card, batch, neutral), model) for batch in batches]
    return np.concatenate(rows) if rows else np.empty((0, len(labels_of(neutral))), np.float32)


def _predict(card: Card, texts: Sequence[str], neutral: bool, model: "TokenizedModel") -> NDArray[np.float32]:
    classifier = text_classifier(card, model)
    return batch_probabilities(card, classifier, classifier.tokenize(texts), neutral)


def batch_probabilities(
    card: Card, classifier: TextClassifier, texts: Sequence[TokenizedText], neutral: bool
) -> NDArray[np.float32]:
    """As ``probabilities``, of tokenized texts in one batch. For the worker alone."""
    temperature = card.config.get("temperature" if neutral else "binary_temperature", 1.0)
    device = next(classifier.model.parameters()).device
    input_ids = torch.full((len(texts), max(len(text.ids) for text in texts)), classifier.pad_id)  # (B, T)
    for row, text in enumerate(texts):
        input_ids[row, : len(text.ids)] = torch.tensor(text.ids)
    with torch.inference_mode():
        logits, binary_logits = classifier.logits(input_ids.to(device))
        rows: NDArray[np.float32] = ((logits if neutral else binary_logits) / temperature).softmax(1).cpu().numpy()
        return rows


def polarity(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3) or (N, 2) probabilities -> (N,) the probability of positive minus that of negative, in [-1, 1]."""
    return rows[:, -1] - rows[:, 0]


def sentiment(text: str, knobs: SentimentKnobs | None = None) -> Sentiment:
    """The probability of each class for a text, by each model of ``knobs.model``.

    Raises InputError for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters,
    NotFoundError for an unknown model, UnavailableError when its weights had to be downloaded and could not be.
    """
    knobs, text = knobs or SentimentKnobs(), checked_text(text)
    answers, polarities = [], []
    for name in dict.fromkeys(knobs.model):
        card = sentiment_card(name)
        get_runtime().load(name)  # before the clock starts: the time is that of a prediction
        start = time.perf_counter()
        rows = probabilities(name, [text], knobs.neutral)
        elapsed = 1000 * (time.perf_counter() - start)
        answers.append(_answer(card, rows[0], labels_of(knobs.neutral), elapsed))
        polarities.append(float(polarity(rows)[0]))
    return Sentiment(text, tuple(answers), tuple(polarities))


def _answer(card: Card, row: NDArray[np.float32], labels: Sequence[str], milliseconds: float) -> Answer:
    """All classes, the most probable first. Never unsure: the classes cover every text."""
    best = np.argsort(-row, kind="stable")
    predictions = tuple(Prediction("", labels[index], float(row[index])) for index in best)
    return Answer(card.name, card.restriction, len(labels), predictions, False, milliseconds)
