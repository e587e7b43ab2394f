"""The contribution of each word to a prediction, by occlusion (Li et al. 2016, arXiv:1612.08220).

Each word is left out in turn. The paper measures the relative change of the log-likelihood; here it is the change of
the polarity, which has a sign.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from zoo.core.cards import Card
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.knobs import SingleModelKnobs
from zoo.exhibits.sentiment.predict import batch_probabilities, checked_text, polarity, sentiment_card
from zoo.exhibits.sentiment.results import WordContribution, WordContributions
from zoo.exhibits.sentiment.text_classifiers import text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


def word_contributions(text: str, knobs: SingleModelKnobs | None = None) -> WordContributions:
    """The polarity of the text minus its polarity without each word, for all words in their order.

    Words are separated by spaces. A word beyond the 128 tokens that the network reads contributes 0. Raises InputError
    for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters, NotFoundError for an
    unknown model.
    """
    knobs, text = knobs or SingleModelKnobs(), checked_text(text)
    card = sentiment_card(knobs.model)
    return get_runtime().run(partial(_occlude, card, text, knobs.neutral), card.name)


def _occlude(card: Card, text: str, neutral: bool, model: "TokenizedModel") -> WordContributions:
    classifier = text_classifier(card, model)
    (whole,) = classifier.tokenize([text])
    present: Sequence[int] = sorted(set(whole.word_ids) - {-1}) if whole.words else []
    occluded = [without_word(whole, index, classifier.unk_id) for index in present]
    polarities = polarity(batch_probabilities(card, classifier, [whole, *occluded], neutral))
    contributions = dict(zip(present, (polarities[0] - polarities[1:]).tolist(), strict=True))
    words = tuple(WordContribution(word, contributions.get(index, 0.0)) for index, word in enumerate(whole.words))
    return WordContributions(card.name, card.restriction, float(polarities[0]), words)


def without_word(text: TokenizedText, index: int, unk_id: int) -> TokenizedText:
    """The tokens of all words but one; the unknown token if none is left."""
    kept = [pair for pair in zip(text.ids, text.word_ids, strict=True) if pair[1] != index] or [(unk_id, 0)]
    ids, word_ids = zip(*kept, strict=True)
    return replace(text, ids=ids, word_ids=word_ids)
