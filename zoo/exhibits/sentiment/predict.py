"""Texts in, calibrated class probabilities out."""

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.core.answers import Answer, Prediction
from zoo.core.cards import BUNDLED, Card, find_card, require_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.languages import language_notes
from zoo.core.model_inputs import ModelInput
from zoo.core.plurals import counted
from zoo.core.runtime import get_runtime
from zoo.core.user_models import SOURCE
from zoo.exhibits.sentiment.knobs import MAX_CHARACTERS, MAX_TOKENS, SentimentKnobs
from zoo.exhibits.sentiment.results import Sentiment
from zoo.exhibits.sentiment.text_classifiers import has_polarity, labels_of_model, text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText
from zoo.exhibits.sentiment.windows import WindowProbabilities, padded, predict_texts, split_windows

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

    Of a user model, (N, K) of its own classes.

    Empty texts are allowed, and texts of any length: see ``windows``. Logits are divided by the temperature that
    minimises the cross-entropy on held-out texts (Guo et al. 2017, arXiv:1706.04599).
    """
    return predict_windows(model, texts, neutral).rows


def predict_windows(model: str, texts: Sequence[str], neutral: bool = True) -> WindowProbabilities:
    """As ``probabilities``, with the number of windows that each text was read in."""
    card = sentiment_card(model)
    batches = [texts[start : start + BATCH_SIZE] for start in range(0, len(texts), BATCH_SIZE)]
    results = []
    for batch in batches:
        tokens, window = get_runtime().run(partial(_tokenize, card, batch), model)
        results.append(predict_texts(tokens, partial(window_probabilities, card, neutral=neutral), window))
    empty = np.empty((0, len(labels_of_model(card, neutral))), np.float32)
    rows = np.concatenate([empty, *(result.rows for result in results)])
    return WindowProbabilities(rows, tuple(count for result in results for count in result.windows))


def _tokenize(card: Card, texts: Sequence[str], model: "TokenizedModel") -> tuple[list[TokenizedText], int]:
    """The tokens, and how many of them are read at once."""
    classifier = text_classifier(card, model)
    return classifier.tokenize(texts), classifier.window


def model_input(card: Card, text: str) -> ModelInput:
    """The first window of a text, as a classifier reads it. Raises InputError for an empty text, TooLargeError."""
    return get_runtime().run(partial(_model_input, card, checked_text(text)), card.name)


def _model_input(card: Card, text: str, model: "TokenizedModel") -> ModelInput:
    classifier = text_classifier(card, model)
    first = split_windows(classifier.tokenize([text])[0], min(classifier.window, MAX_TOKENS))[0]
    tokens = tuple(model.tokenizer.id_to_token(id) or "" for id in first.ids)
    return ModelInput(
        (padded([first], classifier.pad_id),), "text", counted(len(tokens), "token"), partial(_logits, card), tokens
    )


def _logits(card: Card, model: "TokenizedModel", input_ids: torch.Tensor) -> torch.Tensor:
    return text_classifier(card, model).logits(input_ids, neutral=True)


def window_probabilities(card: Card, windows: Sequence[TokenizedText], neutral: bool) -> NDArray[np.float32]:
    """(W, K) probabilities of windows, each batch a step of the worker."""
    batches = [windows[start : start + BATCH_SIZE] for start in range(0, len(windows), BATCH_SIZE)]
    rows = [get_runtime().run(partial(_predict, card, batch, neutral), card.name) for batch in batches]
    return np.concatenate(rows)


def _predict(
    card: Card, windows: Sequence[TokenizedText], neutral: bool, model: "TokenizedModel"
) -> NDArray[np.float32]:
    """The probabilities of one batch of windows. For the worker alone."""
    classifier = text_classifier(card, model)
    own = "temperature" if neutral or card.source == SOURCE else "binary_temperature"
    temperature = card.config.get(own, 1.0)
    device = next(classifier.model.parameters()).device
    with torch.inference_mode():
        logits = classifier.logits(padded(windows, classifier.pad_id).to(device), neutral)
        rows: NDArray[np.float32] = (logits / temperature).softmax(1).cpu().numpy()
        return rows


def polarity(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3) or (N, 2) probabilities -> (N,) the probability of positive minus that of negative, in [-1, 1]."""
    return rows[:, -1] - rows[:, 0]


def polarities_of(card: Card, rows: NDArray[np.float32]) -> list[float | None]:
    """The same by any model: None where its classes are no sentiments."""
    return list(polarity(rows).tolist()) if has_polarity(card) else [None] * len(rows)


def sentiment(text: str, knobs: SentimentKnobs | None = None) -> Sentiment:
    """The probability of each class for a text, by each model of ``knobs.model``.

    A text of more than 128 tokens is read in windows: their probabilities are averaged, weighted by their tokens.

    Raises InputError for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters,
    NotFoundError for an unknown model, UnavailableError when its weights had to be downloaded and could not be.
    """
    knobs, text = knobs or SentimentKnobs(), checked_text(text)
    answers: list[Answer] = []
    polarities: list[float | None] = []
    windows: list[int] = []
    for name in dict.fromkeys(knobs.model):
        card = sentiment_card(name)
        get_runtime().load(name)  # before the clock starts: the time is that of a prediction
        start = time.perf_counter()
        result = predict_windows(name, [text], knobs.neutral)
        elapsed = 1000 * (time.perf_counter() - start)
        answers.append(_answer(card, result.rows[0], labels_of_model(card, knobs.neutral), elapsed))
        polarities += polarities_of(card, result.rows)
        windows += result.windows
    return Sentiment(text, tuple(answers), tuple(polarities), tuple(windows), _notes(text, knobs.model))


def _notes(text: str, models: Sequence[str]) -> tuple[str, ...]:
    """On the language of the text. A model of the hub may know any."""
    return language_notes(text) if any(find_card(name).source == BUNDLED for name in models) else ()


def _answer(card: Card, row: NDArray[np.float32], labels: Sequence[str], milliseconds: float) -> Answer:
    """All classes, the most probable first. Never unsure: the classes cover every text."""
    best = np.argsort(-row, kind="stable")
    predictions = tuple(Prediction("", labels[index], float(row[index])) for index in best)
    return Answer(card.name, card.restriction, len(labels), predictions, False, milliseconds)
