"""The separator of a CSV file, guessed from its first lines."""

import re
from collections.abc import Iterator, Sequence

from zoo.core.errors import InputError
from zoo.core.tables.knobs import TableFormatKnobs
from zoo.core.tables.records import NO_SEPARATOR, Dialect, Records

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "none": NO_SEPARATOR}
NAMES = {character: name for name, character in SEPARATORS.items()}
GUESSED = (",", ";", "\t", "|")
SAMPLE_LINES, SAMPLE_CHARACTERS = 200, 2**16
MIN_AGREEMENT = 0.5  # of the rows with the first one
SURPLUS_AGREEMENT = 0.6  # of a row with more cells than the first: its text may contain the separator
MAX_TITLE_LINES, MIN_ROWS_BELOW = 5, 3
EXCEL_SEPARATOR = re.compile('\ufeff?"?sep=(.)"?\\s*', re.IGNORECASE)  # Excel's own first line


def guess_dialect(lines: Iterator[str], knobs: TableFormatKnobs) -> Dialect:
    """Separator and quotes by the first lines, where ``knobs`` leaves them open; quotes are guessed to be doubled.

    Raises InputError where a title stands above the names of the columns.
    """
    sample = _sample(lines)
    excel = EXCEL_SEPARATOR.fullmatch(sample[0]) if sample else None
    skipped = 1 if excel else 0
    quoting = "double" if knobs.quoting == "auto" else knobs.quoting
    if knobs.separator != "auto":
        return Dialect(SEPARATORS[knobs.separator], quoting, skipped)
    if excel:
        return Dialect(excel[1], quoting, skipped)
    best, agreement, width = NO_SEPARATOR, MIN_AGREEMENT, 1
    for separator in GUESSED:
        for widths in _widths(sample, Dialect(separator, quoting)):
            if widths and widths[0] > 1 and (_agreement(widths), widths[0]) > (agreement, width):
                best, agreement, width = separator, _agreement(widths), widths[0]
    if best == NO_SEPARATOR:
        _check_title(sample)
    return Dialect(best, quoting)


def _sample(lines: Iterator[str]) -> list[str]:
    sample, characters = [], 0
    for line in lines:
        sample.append(line[:SAMPLE_CHARACTERS])
        characters += len(line)
        if len(sample) == SAMPLE_LINES or characters > SAMPLE_CHARACTERS:
            break
    return sample


def _widths(sample: Sequence[str], dialect: Dialect) -> tuple[list[int], list[int]]:
    """Cells of the rows, with quotes and without."""
    plain = [dialect.width(line) for line in sample if line.strip()]
    try:
        return [len(cells) for _, cells in Records(iter(sample), dialect)], plain
    except InputError:
        return [], plain


def _agreement(widths: Sequence[int]) -> float:
    first, *others = widths
    if not others:
        return 1.0
    return sum(1.0 if width == first else SURPLUS_AGREEMENT * (width > first) for width in others) / len(others)


def _check_title(sample: Sequence[str]) -> None:
    """Raise InputError where the first lines are one cell each and all others are rows of the same length."""
    for separator in GUESSED:
        widths = [Dialect(separator).width(line) for line in sample if line.strip()]
        above = next((index for index, width in enumerate(widths) if width > 1), len(widths))
        below = widths[above:]
        alike = len(set(below)) == 1 and len(below) >= MIN_ROWS_BELOW and below[0] > (2 if separator == "," else 1)
        if alike and 0 < above <= MAX_TITLE_LINES:
            raise InputError(
                f"Line 1 is one cell, but the rows below have {below[0]}: remove what stands above the column names, "
                "or choose the separator none if every line is one text."
            )
