"""The names of the classes, and how labelled tables encode them."""

NEGATIVE, NEUTRAL, POSITIVE = LABELS = ("negative", "neutral", "positive")
BINARY_LABELS = (NEGATIVE, POSITIVE)
# Two numberings are in use. "2" is positive in one and neutral in the other: the column's name tells which.
NUMBERED = {
    "label": {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE},
    "target": {"0": NEGATIVE, "2": NEUTRAL, "4": POSITIVE},
}
ABBREVIATED = {"neg": NEGATIVE, "neu": NEUTRAL, "pos": POSITIVE}


def label_of(value: object, column: str) -> str:
    """The class that ``value`` stands for in a column of that name; else the value as lower-case text.

    >>> label_of(2, "target"), label_of(2.0, "label"), label_of("Positive", "mood"), label_of(2, "mood")
    ('neutral', 'positive', 'positive', '2')
    """
    text = str(value).strip().lower().removesuffix(".0")
    return NUMBERED.get(column.lower(), {}).get(text, ABBREVIATED.get(text, text))


def labels_of(neutral: bool) -> tuple[str, ...]:
    """The classes in the order of the logits, with or without neutral."""
    return LABELS if neutral else BINARY_LABELS
