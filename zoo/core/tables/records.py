"""The records of a CSV file: cells by separator and quotes, with each record repaired whose quotes are not in order.

Python's strict reader reads whatever follows RFC 4180. A record that it refuses is read again, leniently: a quote
closes a cell only before a separator or the end of the line, and an opening quote that nothing closes is a character
like any other.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from zoo.core.errors import InputError
from zoo.core.tables.formats import TABLE_LIMITS, Tally

NO_SEPARATOR = "\x1f"  # of a table with one column; nothing else uses the character
MAX_LINES_OF_CELL = 50  # of a cell whose quotes are not in order
MAX_UNCLOSED = 100  # quotes for which such lines were read in vain; beyond, none are
MAX_EVEN = 100  # records of several lines that are kept, to look at them
MAX_READ_AGAIN = 2_000_000  # lines that are read a second time, in all

csv.field_size_limit(TABLE_LIMITS.max_cell)  # global to the process; nothing else in it reads CSV


@dataclass(frozen=True)
class Dialect:
    """``separator``: one character. ``quoting``: as the knob, never "auto". ``skipped``: lines before the table."""

    separator: str
    quoting: str = "double"
    skipped: int = 0

    def width(self, line: str) -> int:
        """Cells of a line in which quotes are characters like any other."""
        return line.count(self.separator) + 1


@dataclass
class Records:
    """Iterates over the records as (number of the first line, cells); blank lines are left out.

    ``width``: the number of columns; without it, that of the first record. ``rejoin``: whether surplus cells are part
    of the text in the last column, as they stand in the file; ``surplus`` counts such records. ``repaired``: records
    read leniently. ``multiline``: records of several lines; ``even``: the lines of those in which each line by itself
    has as many cells as there are columns. ``uneven``: lines that have not. ``backslashes``: lines with one before a
    quote.
    """

    source: Iterator[str]
    dialect: Dialect
    width: int = 0
    rejoin: bool = False
    surplus: Tally = field(default_factory=Tally)
    repaired: Tally = field(default_factory=Tally)
    multiline: Tally = field(default_factory=Tally)
    even: list[list[str]] = field(default_factory=list)
    uneven: Tally = field(default_factory=Tally)
    backslashes: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._number = 0
        self._last = 0  # of the lines that were looked at before
        self._lines: list[str] = []  # of the current record
        self._put_back: deque[str] = deque()
        self._read_again = 0
        self._unclosed = 0
        self._closing = re.compile(rf'"(?:{re.escape(self.dialect.separator)}|[\r\n]|$)')
        if self.dialect.quoting == "backslash":
            self.source = map(self._other_backslashes_doubled, self.source)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for _ in range(self.dialect.skipped):
            next(self._reader_lines(), None)
        if self.dialect.quoting == "none":
            yield from self._plain()
            return
        escape = "\\" if self.dialect.quoting == "backslash" else None
        reader = csv.reader(self._reader_lines(), delimiter=self.dialect.separator, strict=True, escapechar=escape)
        while True:
            self._lines.clear()
            start = self._number + 1
            try:
                cells = next(reader)
                if len(self._lines) > 1:
                    self.multiline.add(start)
                    if len(self.even) < MAX_EVEN and self._is_rows(self._lines):
                        self.even.append([line.rstrip("\r\n") for line in self._lines])
            except StopIteration:
                return
            except csv.Error:
                cells = self._repair(start)
            if cells:
                self.width = self.width or len(cells)
                yield start, self._joined(cells, start)

    def _plain(self) -> Iterator[tuple[int, list[str]]]:
        for line in self._reader_lines():
            self._lines = [line]
            body = line.rstrip("\r\n")
            if body:
                cells = self._checked(body.split(self.dialect.separator), self._number)
                self.width = self.width or len(cells)
                yield self._number, self._joined(cells, self._number)

    def _reader_lines(self) -> Iterator[str]:
        """The lines, for the reader; what is put back comes again. The one iterator of an end that may be put back."""
        return _Again(self._next)

    def _next(self) -> str:
        line = self._put_back.popleft() if self._put_back else next(self.source)
        self._number += 1
        if self._number > self._last:
            self._last = self._number
            if self.width and line.strip() and self.dialect.width(line) != self.width:
                self.uneven.add(self._number)
            if '\\"' in line:
                self.backslashes.add(self._number)
        self._lines.append(line)
        return line

    def _other_backslashes_doubled(self, line: str) -> str:
        """A line for a reader that drops backslashes: only those before quote, backslash and separator are escapes."""
        if "\\" not in line:
            return line
        escaped = rf'\\(["\\{re.escape(self.dialect.separator)}])?'
        return re.sub(escaped, lambda match: match[0] if match[1] else "\\\\", line)

    def _again_after(self, count: int) -> None:
        """Put back all lines of the record but its first ``count``."""
        rest = self._lines[count:]
        self._read_again += len(rest)
        if self._read_again > MAX_READ_AGAIN:
            raise InputError(
                f"Line {self.repaired.line:,} opens a quote that nothing closes, and so do others: choose no quotes."
            )
        self._put_back.extendleft(reversed(rest))
        self._number -= len(rest)
        del self._lines[count:]

    def _is_rows(self, lines: list[str]) -> bool:
        """Whether each line by itself has as many cells as the table has columns."""
        return self.width > 1 and all(self.dialect.width(line) == self.width for line in lines)

    def _repair(self, start: int) -> list[str]:
        self.repaired.add(start)
        if not self._is_rows(self._lines):
            for count in range(1, MAX_LINES_OF_CELL + 1 if self._unclosed < MAX_UNCLOSED else 2):
                if count > len(self._lines) and not self._take():
                    break
                if count > 1 and not self._closing.search(self._lines[count - 1]):
                    continue
                record = "".join(self._lines[:count])
                if len(record) > TABLE_LIMITS.max_cell:
                    break
                cells, is_open = split_leniently(record, self.dialect.separator, self.width)
                if not is_open:
                    self._again_after(count)
                    return self._checked(cells, start)
            self._unclosed += 1
        self._again_after(1)
        return self._checked(split_leniently(self._lines[0], self.dialect.separator, self.width)[0], start)

    def _take(self) -> bool:
        try:
            self._next()
        except StopIteration:
            return False
        return True

    def _joined(self, cells: list[str], line: int) -> list[str]:
        if not self.rejoin or len(cells) <= self.width:
            return cells
        self.surplus.add(line)
        if self.dialect.quoting != "double" or len(self._lines) > 1:
            return [*cells[: self.width - 1], self.dialect.separator.join(cells[self.width - 1 :])]
        return split_first(self._lines[0], self.dialect.separator, self.width)

    def _checked(self, cells: list[str], line: int) -> list[str]:
        if self.dialect.quoting == "backslash":
            cells = [re.sub(r"\\(.)", r"\1", cell) for cell in cells]
        if any(len(cell) > TABLE_LIMITS.max_cell for cell in cells):
            raise InputError(f"Line {line:,} has a cell of more than {TABLE_LIMITS.max_cell:,} characters: shorten it.")
        return cells


@dataclass
class _Again:
    """An iterator that may go on after its end."""

    take: Callable[[], str]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self.take()


def split_leniently(record: str, separator: str, width: int = 0) -> tuple[list[str], bool]:
    """The cells of a record whose quotes are not in order, and whether one opens a quote that nothing closes.

    The last one of ``width`` cells, if it begins with a quote, goes on to a quote at the end of the record.

    >>> split_leniently('1,"he said "no", twice"', ",", 2)
    (['1', 'he said "no", twice'], False)
    >>> split_leniently('1,"she said "no" twice",b', ",")
    (['1', 'she said "no" twice', 'b'], False)
    >>> split_leniently('1,"never again,b', ",")
    (['1', '"never again', 'b'], True)
    """
    body, cells, start, is_open = record.rstrip("\r\n"), list[str](), 0, False
    while True:
        if len(cells) == width - 1 and len(body) > start + 1 and body[start] == body[-1] == '"':
            return [*cells, body[start + 1 : -1].replace('""', '"')], is_open
        cell, stop, closed = _cell(body, start, separator, is_open)
        cells.append(cell)
        is_open = is_open or not closed
        if stop >= len(body):
            return cells, is_open
        start = stop + 1


def split_first(record: str, separator: str, width: int) -> list[str]:
    """``width`` cells of a record that has more: the last one is the rest of the record as it stands.

    >>> split_first('1,"a, b","no", never', ",", 3)
    ['1', 'a, b', '"no", never']
    """
    body, cells, stop = record.rstrip("\r\n"), list[str](), -1
    while len(cells) < width - 1:
        cell, stop, _ = _cell(body, stop + 1, separator, is_open=False)
        cells.append(cell)
    return [*cells, body[stop + 1 :]]


def _cell(body: str, start: int, separator: str, is_open: bool) -> tuple[str, int, bool]:
    """A cell, the index of the separator behind it, and whether a quote that it opens is closed.

    If ``is_open``, an earlier quote was not, and none is looked for.
    """
    quoted = body.startswith('"', start)
    end = _closing_quote(body, start, separator) if quoted and not is_open else -1
    if end >= 0:
        return body[start + 1 : end].replace('""', '"'), end + 1, True
    stop = body.find(separator, start)
    stop = len(body) if stop < 0 else stop
    return body[start:stop], stop, not quoted


def _closing_quote(body: str, start: int, separator: str) -> int:
    """The index of the quote that closes the cell which opens at ``start``, or -1."""
    at = start + 1
    while (at := body.find('"', at)) >= 0:
        after = body[at + 1 : at + 2]
        if after in ("", separator):
            return at
        at += 2 if after == '"' and at + 2 < len(body) else 1
    return -1
