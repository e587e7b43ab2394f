"""Whether the first row of a table contains the names of its columns, and unique names for all of them."""

import re
from collections.abc import Callable, Sequence

TEXT_COLUMNS = ("text", "tweet", "sentence", "content", "message", "comment", "review")
KNOWN_NAME = re.compile(
    rf"({'|'.join(TEXT_COLUMNS)})s?|body|title|selected_text|labels?|target|class|category|(\w+_)?sentiment|polarity|truth"
    r"|score|rating|stars|(\w+_)?id|index|date|timestamp|time|user|name|source",
    re.IGNORECASE,
)
MAX_NAME = 60  # characters
AGREEMENT = 0.8  # of the cells below that must be alike


def is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether ``first`` names the columns of ``rows``, the rows below it. In doubt it does.

    For it speak a usual name; a number above texts, or a text above numbers; one word above sentences. Against it: a
    number above numbers, unless such numbers count on, as years do; a value that occurs below as well, or a date above
    dates; a sentence above sentences; a long cell.
    """
    votes = 0
    numbers_above_numbers = []
    for column, name in enumerate(map(str.strip, first)):
        cells = [row[column].strip() for row in rows if column < len(row) and row[column].strip()]
        if KNOWN_NAME.fullmatch(name):
            votes += 4
        elif len(name) > MAX_NAME:
            votes -= 4
        elif cells and name and is_number(name) and _fraction(cells, is_number) >= AGREEMENT:
            numbers_above_numbers.append(name)
        elif cells and name:
            votes += _vote(name, cells)
    if numbers_above_numbers and not _counts_on(numbers_above_numbers):
        votes -= 2 * len(numbers_above_numbers)
    return votes >= 0


def _vote(name: str, cells: Sequence[str]) -> int:
    """Above 0 where ``name`` is of another kind than the cells below it, below 0 where it is of the same."""
    numbers, shape = _fraction(cells, is_number), _shape(name)
    if is_number(name):
        return 2 if numbers <= 1 - AGREEMENT else 0
    if numbers >= AGREEMENT:
        return 2
    has_digits = any(map(str.isdigit, name))
    if name in cells or (has_digits and _fraction(cells, lambda cell: _shape(cell) == shape) >= AGREEMENT):
        return -2
    sentences = _fraction(cells, lambda cell: " " in cell)
    if len(name.split()) > 2:
        return -1 if sentences >= 0.5 else 0
    return 1 if " " not in name and sentences >= AGREEMENT else 0


def text_column(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The index of the column that is named like a text, or else of the one with the longest cells."""
    lower = [column.lower() for column in columns]
    for name in TEXT_COLUMNS:
        if name in lower:
            return lower.index(name)
    lengths = [sum(len(row[index]) for row in rows if index < len(row)) for index in range(len(columns))]
    return lengths.index(max(lengths))


def added(columns: Sequence[str], names: Sequence[str], suffix: str) -> list[str]:
    """``names`` for new columns beside ``columns``; one that is taken gets ``suffix``, and a number if need be."""
    wanted = [name if name not in columns else f"{name} ({suffix})" for name in names]
    return list(unique([*columns, *wanted])[len(columns) :])


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names without blanks around them, each once: a repeated name gets a number, an empty one is "column N"."""
    result: list[str] = []
    taken: set[str] = set()
    for number, name in enumerate(names, 1):
        base = candidate = name.strip() or f"column {number}"
        count = 1
        while candidate in taken:
            count += 1
            candidate = f"{base} ({count})"
        taken.add(candidate)
        result.append(candidate)
    return tuple(result)


def is_number(text: str) -> bool:
    """Whether a spreadsheet or Python reads it as a number.

    >>> is_number("-3.5"), is_number("3,5"), is_number("1e3"), is_number("3rd")
    (True, True, True, False)
    """
    try:
        float(text)
    except ValueError:
        return re.fullmatch(r"[+-]?\d{1,3}(?:[.,' ]\d{3})*(?:[.,]\d+)?", text) is not None
    return True


def _fraction(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells)


def _shape(text: str) -> str:
    return re.sub(r"[0-9]", "9", text)


def _counts_on(names: Sequence[str]) -> bool:
    """Whether they are two or more whole numbers, each one more than the one before."""
    if len(names) < 2 or not all(name.isascii() and name.isdigit() and len(name) < 10 for name in names):
        return False
    numbers = [int(name) for name in names]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))
