"""Which words moved the answer: each left out in turn (occlusion; Li et al. 2016, arXiv:1612.08220)."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from zoo.core.cards import Card
from zoo.core.runtime import get_runtime
from zoo.exhibits.sentiment.predict import checked_text, odds, sentiment_card
from zoo.exhibits.sentiment.readers import reader_of
from zoo.exhibits.sentiment.text import Tokens

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


@dataclass(frozen=True)
class WordContribution:
    """``contribution``: by how much a word raises the polarity, in [-2, 2]; below 0 it speaks for negative."""

    word: str
    contribution: float


def explain(text: str, model: str, neutral: bool = True) -> tuple[WordContribution, ...]:
    """The polarity of the text minus its polarity without each word, in the order of the words.

    A word here is what stands between spaces. Those beyond the 128 sub-words that the network reads contribute 0.
    Raises what ``sentiment`` raises.
    """
    card = sentiment_card(model)
    return get_runtime().run(partial(_occlude, card, checked_text(text), neutral), model)


def _occlude(card: Card, text: str, neutral: bool, model: "TokenizedModel") -> tuple[WordContribution, ...]:
    reader = reader_of(card, model)
    (whole,) = reader.cut([text])
    present = sorted(set(whole.places) - {-1}) if whole.words else []
    rows = odds(card, reader, [whole, *(without(whole, place, reader.unknown) for place in present)], neutral)
    polarity = rows[:, -1] - rows[:, 0]
    moved = dict(zip(present, (polarity[0] - polarity[1:]).tolist(), strict=True))
    return tuple(WordContribution(word, moved.get(place, 0.0)) for place, word in enumerate(whole.words))


def without(tokens: Tokens, place: int, unknown: int) -> Tokens:
    """The same sub-words but for those of one word."""
    kept = [(id, own) for id, own in zip(tokens.ids, tokens.places, strict=True) if own != place] or [(unknown, 0)]
    ids, places = zip(*kept, strict=True)
    return replace(tokens, ids=ids, places=places)
