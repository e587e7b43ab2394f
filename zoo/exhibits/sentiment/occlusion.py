"""The contribution of each word to a prediction, by occlusion (Li et al. 2016, arXiv:1612.08220).

Each word is left out in turn. The paper measures the relative change of the log-likelihood; here it is the change of
the polarity, which has a sign.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.cards import Card
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.knobs import SingleModelKnobs
from zoo.exhibits.sentiment.predict import checked_text, polarity, sentiment_card, window_probabilities
from zoo.exhibits.sentiment.results import WordContribution, WordContributions
from zoo.exhibits.sentiment.text_classifiers import text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText
from zoo.exhibits.sentiment.windows import mean_probabilities, split_windows

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


def word_contributions(text: str, knobs: SingleModelKnobs | None = None) -> WordContributions:
    """The polarity of the text minus its polarity without each word, for all words in their order.

    Words are separated by spaces. Of a text of several windows, those that contain the word are read again without it.
    Raises InputError for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters,
    NotFoundError for an unknown model.
    """
    knobs, text = knobs or SingleModelKnobs(), checked_text(text)
    card = sentiment_card(knobs.model)
    whole, unk_id = get_runtime().run(partial(_tokenize, card, text), card.name)
    windows = split_windows(whole)
    present = sorted(set(whole.word_ids) - {-1}) if whole.words else []
    affected = {word: [i for i, window in enumerate(windows) if word in window.word_ids] for word in present}
    occluded = [(word, i, without_word(windows[i], word, unk_id)) for word in present for i in affected[word]]
    rows = window_probabilities(card, [*windows, *(window for _, _, window in occluded)], knobs.neutral)
    texts = {word: (windows.copy(), rows[: len(windows)].copy()) for word in present}
    for (word, i, window), row in zip(occluded, rows[len(windows) :], strict=True):
        texts[word][0][i], texts[word][1][i] = window, row
    means = [mean_probabilities(rows[: len(windows)], windows)]
    means += [mean_probabilities(changed, remaining) for remaining, changed in texts.values()]
    polarities = polarity(np.stack(means))
    contributions = dict(zip(present, (polarities[0] - polarities[1:]).tolist(), strict=True))
    words = tuple(WordContribution(word, contributions.get(index, 0.0)) for index, word in enumerate(whole.words))
    return WordContributions(card.name, card.restriction, float(polarities[0]), words, len(windows))


def _tokenize(card: Card, text: str, model: "TokenizedModel") -> tuple[TokenizedText, int]:
    """The tokens of a text, and the id of the unknown token. For the worker alone."""
    classifier = text_classifier(card, model)
    (tokenized,) = classifier.tokenize([text])
    return tokenized, classifier.unk_id


def without_word(text: TokenizedText, index: int, unk_id: int) -> TokenizedText:
    """The tokens of all words but one; the unknown token if none is left."""
    kept = [pair for pair in zip(text.ids, text.word_ids, strict=True) if pair[1] != index] or [(unk_id, 0)]
    ids, word_ids = zip(*kept, strict=True)
    return replace(text, ids=ids, word_ids=word_ids)
