"""What a table calls the three sentiments."""

NEGATIVE, NEUTRAL, POSITIVE = THREE = ("negative", "neutral", "positive")
TWO = (NEGATIVE, POSITIVE)
# Two numberings are in use, and "2" means another thing in each: the column's name tells which.
NUMBERED = {
    "label": {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE},
    "target": {"0": NEGATIVE, "2": NEUTRAL, "4": POSITIVE},
}
SHORT = {"neg": NEGATIVE, "neu": NEUTRAL, "pos": POSITIVE}


def label_of(value: object, column: str) -> str:
    """One of the three names where ``value`` means one of them in a column of that name, else the value as text.

    >>> label_of(2, "target"), label_of(2.0, "label"), label_of("Positive", "mood"), label_of(2, "mood")
    ('neutral', 'positive', 'positive', '2')
    """
    text = str(value).strip().lower().removesuffix(".0")
    return NUMBERED.get(column.lower(), {}).get(text, SHORT.get(text, text))
