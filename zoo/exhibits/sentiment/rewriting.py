"""The same text negated, in upper case, with emoticons, emoji and a hashtag: how the prediction changes.

Behavioural tests of this kind: Ribeiro et al. 2020 (CheckList), arXiv:2005.04118.
"""

import re

from zoo.exhibits.sentiment.knobs import SingleModelKnobs
from zoo.exhibits.sentiment.predict import checked_text, polarities_of, predict_windows, sentiment_card
from zoo.exhibits.sentiment.results import Rewrite, Rewrites
from zoo.exhibits.sentiment.text_classifiers import labels_of_model

VERB = re.compile(r"\b(am|is|are|was|were|do|does|did|can|could|will|would|should|have|has|had)\b", re.IGNORECASE)
ORIGINAL = "original"


def rewrites(text: str, knobs: SingleModelKnobs | None = None) -> Rewrites:
    """The most probable class and the polarity of each version of a text, first of the text itself.

    Raises InputError for an empty text or a model of another exhibit, TooLargeError beyond 10,000 characters,
    NotFoundError for an unknown model.
    """
    knobs, text = knobs or SingleModelKnobs(), checked_text(text)
    card = sentiment_card(knobs.model)
    versions, labels = rewritten(text), labels_of_model(card, knobs.neutral)
    result = predict_windows(card.name, list(versions.values()), knobs.neutral)
    values = zip(versions.items(), result.rows, polarities_of(card, result.rows), result.windows, strict=True)
    results = tuple(
        Rewrite(name, version, labels[int(row.argmax())], float(row.max()), value, windows)
        for (name, version), row, value, windows in values
    )
    return Rewrites(card.name, card.restriction, results)


def rewritten(text: str) -> dict[str, str]:
    """Versions of a text by name, first the original with single spaces. No two are equal.

    >>> rewritten("This is good")["negated"]
    'This is not good'
    """
    text = " ".join(text.split())
    start, _, last_word = text.rpartition(" ")
    versions = {
        ORIGINAL: text,
        "negated": negated(text),
        "upper case": text.upper(),
        "exclamation marks": f"{text.rstrip('.!?')}!!!",
        "smile :)": f"{text} :)",
        "frown :(": f"{text} :(",
        "tears-of-joy emoji": f"{text} 😂",
        "rolling-eyes emoji": f"{text} 🙄",
        "hashtag": f"{start} #{re.sub(r'[^0-9A-Za-z_]', '', last_word)}".strip(),
    }
    unique: dict[str, str] = {}
    for name, version in versions.items():
        if version not in unique.values():
            unique[name] = version
    return unique


def negated(text: str) -> str:
    """The text with "not" after its first auxiliary verb, or as "It is not true that …" if it has none."""
    replaced, count = VERB.subn(lambda match: f"{match[0]} not", text, count=1)
    return replaced if count else f"It is not true that {text}"
