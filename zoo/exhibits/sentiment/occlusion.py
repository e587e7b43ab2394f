"""The contribution of each word to a prediction, by occlusion (Li et al. 2016, arXiv:1612.08220).

Each word is left out in turn. The paper measures the relative change of the log-likelihood; here it is the change of
the polarity, which has a sign.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoo.core.cards import Card
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.knobs import SingleModelKnobs
from zoo.exhibits.sentiment.predict import checked_text, polarity, sentiment_card, window_probabilities
from zoo.exhibits.sentiment.results import WordContribution, WordContributions
from zoo.exhibits.sentiment.text_classifiers import has_polarity, labels_of_model, text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText
from zoo.exhibits.sentiment.windows import mean_probabilities, split_windows

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


def word_contributions(text: str, knobs: SingleModelKnobs | None = None) -> WordContributions:
    """The polarity of the text minus its polarity without each word, for all words in their order.

    Words are separated by spaces. Of a text of several windows, those that contain the word are read again without it.
    By a user model whose classes are no sentiments, it is the probability of the most probable class instead of the
    polarity. Raises InputError for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters,
    NotFoundError for an unknown model.
    """
    knobs, text = knobs or SingleModelKnobs(), checked_text(text)
    card = sentiment_card(knobs.model)
    windows, occluded = get_runtime().run(partial(_occlude, card, text), card.name)
    rows = window_probabilities(card, [*windows, *(window for _, _, window in occluded)], knobs.neutral)
    present = list(dict.fromkeys(word for word, _, _ in occluded))
    texts = {word: (windows.copy(), rows[: len(windows)].copy()) for word in present}
    for (word, i, window), row in zip(occluded, rows[len(windows) :], strict=True):
        texts[word][0][i], texts[word][1][i] = window, row
    means = [mean_probabilities(rows[: len(windows)], windows)]
    means += [mean_probabilities(changed, remaining) for remaining, changed in texts.values()]
    value, evidence, label = _evidence(card, np.stack(means), knobs.neutral)
    contributions = dict(zip(present, (evidence[0] - evidence[1:]).tolist(), strict=True))
    words = tuple(WordContribution(word, contributions.get(i, 0.0)) for i, word in enumerate(windows[0].words))
    return WordContributions(card.name, card.restriction, value, words, len(windows), label)


def _evidence(card: Card, rows: NDArray[np.float32], neutral: bool) -> tuple[float | None, NDArray[np.float32], str]:
    """The polarity of the first row, and what contributions are to, of all rows: the polarity, or else the probability
    of the first row's most probable class, which is named.
    """
    if has_polarity(card):
        values = polarity(rows)
        return float(values[0]), values, ""
    best = int(rows[0].argmax())
    return None, rows[:, best], labels_of_model(card, neutral)[best]


def _occlude(
    card: Card, text: str, model: "TokenizedModel"
) -> tuple[list[TokenizedText], list[tuple[int, int, TokenizedText]]]:
    """The windows of a text; and for each word and window that has it, their indices and the window without the word.

    For the worker alone.
    """
    classifier = text_classifier(card, model)
    (whole,) = classifier.tokenize([text])
    windows = split_windows(whole, classifier.window)
    present = sorted(set(whole.word_ids) - {-1}) if whole.words else []
    occluded = [
        (word, i, classifier.without_word(window, word))
        for word in present
        for i, window in enumerate(windows)
        if word in window.word_ids
    ]
    return windows, occluded
