"""The names of the classes, and how labelled tables and published models name them."""

import re
from collections.abc import Sequence

from zoo.core.errors import InputError

NEGATIVE, NEUTRAL, POSITIVE = LABELS = ("negative", "neutral", "positive")
BINARY_LABELS = (NEGATIVE, POSITIVE)
# Two numberings are in use. "2" is positive in one and neutral in the other: the column's name tells which.
NUMBERED = {
    "label": {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE},
    "target": {"0": NEGATIVE, "2": NEUTRAL, "4": POSITIVE},
}
ABBREVIATED = {"neg": NEGATIVE, "neu": NEUTRAL, "pos": POSITIVE}
STARS = re.compile(r"([1-5]) stars?")
UNNAMED = re.compile(r"label_\d+")  # transformers' names of classes that nobody named


def label_of(value: object, column: str) -> str:
    """The class that ``value`` stands for in a column of that name; else the value as lower-case text.

    >>> label_of(2, "target"), label_of(2.0, "label"), label_of("Positive", "mood"), label_of(2, "mood")
    ('neutral', 'positive', 'positive', '2')
    """
    text = str(value).strip().lower().removesuffix(".0")
    return NUMBERED.get(column.lower(), {}).get(text, ABBREVIATED.get(text, text))


def class_of(value: str, column: str, labels: Sequence[str]) -> str:
    """The class of a model that ``value`` stands for: the one written so, else as ``label_of``.

    >>> class_of("Spam", "label", ["Ham", "Spam"]), class_of("2", "label", ["negative", "positive"])
    ('Spam', 'positive')
    """
    return value if value in labels else label_of(value, column)


def read_label_map(text: str, names: Sequence[str] = LABELS) -> dict[str, str]:
    """Labels of a table, in lower case, and the classes that they mean: one a line, or else with commas between them.

    Raises InputError where it is not understood.

    >>> read_label_map("Happy=positive, sad = neg")
    {'happy': 'positive', 'sad': 'negative'}
    """
    pairs = [part.rpartition("=") for part in text.split("\n" if "\n" in text else ",") if part.strip()]
    mapped = {label.strip().lower(): class_of(name.strip(), "", names) for label, _, name in pairs}
    if wrong := [label for label, name in mapped.items() if not label or name not in names]:
        raise InputError(
            f"The label map has no class for {wrong[0]!r}: write it as in happy=positive, sad=negative, with "
            f"{', '.join(names)}."
        )
    return mapped


def labels_of(neutral: bool) -> tuple[str, ...]:
    """The classes in the order of the logits, with or without neutral."""
    return LABELS if neutral else BINARY_LABELS


def are_sentiments(names: Sequence[str]) -> bool:
    """Whether classes are those of this exhibit, in their order: a text then has a polarity.

    >>> are_sentiments(["Negative", "Positive"]), are_sentiments(["ham", "spam"])
    (True, False)
    """
    return tuple(name.lower() for name in names) in (LABELS, BINARY_LABELS)


def class_groups(names: Sequence[str]) -> tuple[list[int], ...]:
    """The class indices of a published model that mean negative, neutral and positive; any group may be empty.

    Stars count as negative up to two and as positive from four. Two or three unnamed classes are in the order of
    ``BINARY_LABELS`` or ``LABELS``, as is usual.

    >>> class_groups(["NEGATIVE", "POSITIVE"]), class_groups(["LABEL_0", "LABEL_1", "LABEL_2"])
    (([0], [], [1]), ([0], [1], [2]))
    >>> class_groups(["1 star", "2 stars", "3 stars", "4 stars", "5 stars"])
    ([0, 1], [2], [3, 4])
    """
    lower = [name.strip().lower() for name in names]
    if all(UNNAMED.fullmatch(name) for name in lower) and len(lower) in (2, 3):
        lower = list(labels_of(neutral=len(lower) == len(LABELS)))
    sentiments = [_sentiment_of(name) for name in lower]
    negative, neutral, positive = (
        [index for index, sentiment in enumerate(sentiments) if sentiment == label] for label in LABELS
    )
    return negative, neutral, positive


def _sentiment_of(name: str) -> str:
    if stars := STARS.fullmatch(name):
        return (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE, POSITIVE)[int(stars[1]) - 1]
    return next((label for label in LABELS if label in name), label_of(name, ""))
