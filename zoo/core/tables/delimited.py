"""CSV files of any separator, quotes and encoding: guessed, and the guess checked against every row."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from zoo.core.errors import InputError, TooLargeError
from zoo.core.steps import Progress, Steps
from zoo.core.tables.dialects import NAMES, guess_dialect
from zoo.core.tables.encodings import CHECKING, TextEncoding, find_encoding
from zoo.core.tables.formats import EMPTY, TABLE_LIMITS, TableFormat, Tally
from zoo.core.tables.headers import is_header, is_number, text_column, unique
from zoo.core.tables.knobs import TableFormatKnobs
from zoo.core.tables.records import Dialect, Records

HEAD_ROWS, HEAD_CHARACTERS = 100, 2**20  # that header and columns are read from
MIN_TYPED, TYPED_FRACTION = 2, 0.8  # of rows whose cells in a column are alike
CHECKED_A_STEP = 10_000  # records

Row = tuple[int, list[str]]  # number of a row's first line, and its cells


@dataclass
class Fitting:
    """Makes the cells of each row as many as there are columns, and counts what that took."""

    width: int
    separator: str
    short: Tally = field(default_factory=Tally)
    empty: Tally = field(default_factory=Tally)

    def fit(self, records: Iterator[Row]) -> Iterator[list[str]]:
        """The rows that have a cell that is not blank. Raises InputError, which names the line of surplus cells."""
        for line, cells in records:
            if not any(cell.strip() for cell in cells):
                self.empty.add(line)
                continue
            if any(cell.strip() for cell in cells[self.width :]):
                name = NAMES.get(self.separator, repr(self.separator))
                raise InputError(
                    f"Line {line:,} has {len(cells)} cells, but the table has {self.width} columns: put a text that "
                    f"contains a {name} in double quotes, or choose another separator or other quotes."
                )
            if len(cells) < self.width:
                self.short.add(line)
            yield cells[: self.width] + [""] * (self.width - len(cells))


@dataclass(frozen=True)
class Delimited:
    """A CSV file that was checked, with all that it takes to read it again."""

    format: TableFormat
    encoding: TextEncoding
    dialect: Dialect
    rejoin: bool

    def rows(self, file: BinaryIO) -> Iterator[list[str]]:
        """The cells of each row, without the header."""
        records = Records(clean(self.encoding.lines(file)), self.dialect, len(self.format.columns), self.rejoin)
        reading = after_header(iter(records)) if self.format.header else iter(records)
        return Fitting(records.width, self.dialect.separator).fit(reading)


@dataclass(frozen=True)
class Checked:
    """What a check of one dialect found. ``failure``: why it cannot be read so. ``odd``: records out of order.

    ``swallowed``: records of several lines that look like rows themselves.
    """

    records: Records
    width: int
    odd: int
    swallowed: int = 0
    table: Delimited | None = None
    failure: InputError | None = None


def check_delimited(path: Path, knobs: TableFormatKnobs, column: str) -> Steps[Delimited]:
    """Guess what ``knobs`` leaves open, then read every record once to see whether it holds.

    ``column``: that of the texts, if it is known; a separator inside of it needs no quotes where it is the last.
    Raises InputError, which names the line that does not fit, and TooLargeError.
    """
    with path.open("rb") as file:
        if knobs.encoding == "auto":
            encoding = yield from find_encoding(file)
        else:
            encoding = TextEncoding(knobs.encoding, repair=knobs.encoding == "utf-8")
        dialect = guess_dialect(clean(encoding.lines(file)), knobs)
        checks = [(yield from _check(file, encoding, dialect, knobs, column))]
        first = checks[0]
        if knobs.quoting == "auto" and (first.failure or first.records.repaired.count or first.swallowed):
            if first.records.backslashes.count:
                other = replace(dialect, quoting="backslash")
                checks.append((yield from _check(file, encoding, other, knobs, column)))
            if not first.records.uneven.count and first.width > 1:
                # Each line of the file is a row by itself: quotes that are not in order are part of the texts.
                other = replace(dialect, quoting="none")
                checks.append((yield from _check(file, encoding, other, knobs, column)))
    best = min(checks, key=lambda check: (check.table is None, check.odd + check.swallowed))
    if best.table is None:
        raise first.failure or InputError(EMPTY)
    return best.table


def clean(lines: Iterator[str], nulls: Tally | None = None, lost: Tally | None = None) -> Iterator[str]:
    """The lines without null characters, which no text has; counts those, and characters that could not be decoded."""
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            if nulls:
                nulls.add(number, line.count("\0"))
            line = line.replace("\0", "")
        if lost and "\ufffd" in line:
            lost.add(number, line.count("\ufffd"))
        yield line


def _check(
    file: BinaryIO, encoding: TextEncoding, dialect: Dialect, knobs: TableFormatKnobs, column: str
) -> Steps[Checked]:
    nulls, lost, total, count = Tally(), Tally(), file.seek(0, 2), 0
    records = Records(clean(encoding.lines(file), nulls, lost), dialect)
    try:
        head = first_rows(iter(records))
        header, columns = name_columns(head, knobs)
        nulls, lost, width = Tally(), Tally(), len(columns)
        rejoin = _is_last(column, columns, [cells for _, cells in head[header:]])
        records = Records(clean(encoding.lines(file), nulls, lost), dialect, width, rejoin)
        fitting = Fitting(width, dialect.separator)
        reading = after_header(iter(records)) if header else iter(records)
        for count, _ in enumerate(fitting.fit(reading), 1):
            if count % CHECKED_A_STEP == 0:
                yield Progress(0, total, CHECKING)
    except InputError as error:
        return Checked(records, records.width, 0, failure=error)
    notes = (
        *encoding.notes,
        *nulls.note(
            "A null character was left out, in line {line}.",
            "{count} null characters were left out, first in line {line}.",
        ),
        *lost.note(
            "A character of line {line} could not be decoded.",
            "{count} characters could not be decoded, first in line {line}.",
        ),
        *_notes(records, fitting),
    )
    separator = NAMES.get(dialect.separator, dialect.separator)
    table_format = TableFormat("csv", columns, count, header, separator, dialect.quoting, encoding.name, notes=notes)
    odd = records.repaired.count + records.surplus.count + fitting.short.count
    swallowed = count_swallowed(records.even, dialect.separator, [cells for _, cells in head[header:]])
    return Checked(records, width, odd, swallowed, Delimited(table_format, encoding, dialect, rejoin))


def _notes(records: Records, fitting: Fitting) -> list[str]:
    return [
        *records.repaired.note(
            "The quotes in line {line} are not in order: those that close no cell were read as part of the text.",
            "The quotes in {count} rows, first in line {line}, are not in order: those that close no cell were read as "
            "part of the text.",
        ),
        *records.multiline.note(
            "The row in line {line} has a quoted text of several lines.",
            "{count} rows, first in line {line}, have a quoted text of several lines.",
        ),
        *records.surplus.note(
            "Line {line} has more cells than there are columns: those at the end were joined to one text.",
            "{count} lines, first line {line}, have more cells than there are columns: those at the end were joined to "
            "one text.",
        ),
        *fitting.short.note(
            "Line {line} has fewer cells than there are columns: the others are empty.",
            "{count} lines, first line {line}, have fewer cells than there are columns: the others are empty.",
        ),
        *fitting.empty.note(
            "Line {line} has only empty cells: it was left out.",
            "{count} lines, first line {line}, have only empty cells: they were left out.",
        ),
    ]


def _is_last(column: str, columns: Sequence[str], rows: Sequence[list[str]]) -> bool:
    """Whether the last column is that of the texts, which may contain the separator.

    Not where every row goes on with a separator behind it.
    """
    lower, width = [name.lower() for name in columns], len(columns)
    texts = [row for row in rows if any(cell.strip() for cell in row)]
    if texts and all(len(row) > width and not any(row[width:]) for row in texts):
        return False
    return width - 1 == (lower.index(column.lower()) if column.lower() in lower else text_column(columns, texts))


def count_swallowed(records: Sequence[list[str]], separator: str, rows: Sequence[list[str]]) -> int:
    """How many records have lines that look like ``rows`` wherever a column has numbers or few values.

    A quoted text of several lines is usual. But where a text begins with a quote and one of the next rows ends with
    one, the rows between them become part of the text, and a reader finds nothing wrong. Tabs are in no text, so that
    no such column is needed where they separate the cells.
    """
    typed: dict[int, Callable[[str], object]] = {}
    for column in range(min(map(len, rows), default=0)):
        cells = [row[column] for row in rows]
        if len(cells) >= MIN_TYPED and sum(map(is_number, cells)) >= TYPED_FRACTION * len(cells):
            typed[column] = is_number
        elif len(cells) >= 2 * MIN_TYPED and 2 * len(set(cells)) <= len(cells):
            typed[column] = set(cells).__contains__
        elif separator == "\t":
            typed[column] = re.compile(r"\w").search
    if not typed:
        return 0
    split = [[line.split(separator) for line in lines] for lines in records]
    return sum(all(test(line[column]) for line in lines for column, test in typed.items()) for lines in split)


def after_header(records: Iterator[Row]) -> Iterator[Row]:
    """The records behind the first one that has a cell which is not blank."""
    next(cells for _, cells in records if any(cell.strip() for cell in cells))
    return records


def first_rows(records: Iterator[Row]) -> list[Row]:
    """The first rows, from the first one that has a cell which is not blank. Raises InputError where there is none."""
    head: list[Row] = []
    characters = 0
    for line, cells in records:
        if head or any(cell.strip() for cell in cells):
            head.append((line, cells))
            characters += sum(map(len, cells))
        if len(head) > HEAD_ROWS or characters > HEAD_CHARACTERS:
            break
    if not head:
        raise InputError("The table contains no text: choose a file with a row of column names and rows of texts.")
    return head


def name_columns(head: Sequence[Row], knobs: TableFormatKnobs) -> tuple[bool, tuple[str, ...]]:
    """Whether there is a header, and the names of the columns."""
    (_, first), *rows = head
    header = is_header(first, [cells for _, cells in rows]) if knobs.header == "auto" else knobs.header == "yes"
    width = len(first) if header else Counter(len(cells) for _, cells in head).most_common(1)[0][0]
    if width > TABLE_LIMITS.max_columns:
        raise TooLargeError(f"The table has more than {TABLE_LIMITS.max_columns} columns: leave some out.")
    return header, unique(first if header else [""] * width)
