"""What kind of file a table is, its limits, and the record of how it was read."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zoo.core.errors import InputError, TooLargeError

Kind = Literal["csv", "xlsx", "json lines", "parquet"]


@dataclass(frozen=True)
class TableLimits:
    max_bytes: int = 512 * 2**20
    max_cell: int = 100_000  # characters
    max_columns: int = 500
    max_line: int = 2**22  # characters
    max_unpacked: int = 2**30  # bytes of a workbook or of a parquet file, uncompressed
    max_shared: int = 2**27  # bytes of what has to be in memory at once: a workbook's shared strings, a column's chunk


TABLE_LIMITS = TableLimits()
HEAD_BYTES = 2**16  # of the file that its kind is read from
EMPTY = "The table is empty: choose a file with a row of column names and rows of texts."
OTHER_FORMATS = {
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook, or one with a password: save the table as .xlsx or as CSV.",
    b"\x1f\x8b": "This is a compressed file: unpack it first.",
    b"BZh": "This is a compressed file: unpack it first.",
    b"\xfd7zXZ": "This is a compressed file: unpack it first.",
    b"(\xb5/\xfd": "This is a compressed file: unpack it first.",
    b"ARROW1": "This is an Arrow file: write the table as parquet or as CSV.",
    b"SQLite format 3": "This is a database: save one table of it as CSV.",
    b"%PDF": "This is a PDF, not a table: save the table as CSV.",
    b"{\\rtf": "This is a document, not a table: save the table as CSV.",
}
JSON_OBJECT, JSON_ARRAY = re.compile(rb'\s*\{\s*["}]'), re.compile(rb"\s*\[\s*[\[{\]]")
MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<head")


@dataclass(frozen=True)
class TableFormat:
    """How a table was read.

    ``separator``, ``quoting`` and ``encoding`` are those of a CSV file, and ``sheet`` is that of a workbook; where a
    file has none, they are empty. ``header``: whether a row gave the names of the columns; without one they are called
    "column 1", "column 2" and so on. ``rows``: without the header. ``notes``: one sentence for each thing that is not
    as it should be, with the number of the first such line, and on what was done about it.
    """

    kind: Kind
    columns: tuple[str, ...]
    rows: int
    header: bool = True
    separator: str = ""
    quoting: str = ""
    encoding: str = ""
    sheet: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def sentence(self) -> str:
        """One line for people.

        >>> TableFormat("csv", ("id", "text"), 9, True, "tab", "none", "utf-8").sentence
        'Read as CSV: separator tab, quotes none, encoding utf-8, column names in the first row; 9 rows.'
        """
        parts = {"separator": self.separator, "quotes": self.quoting, "encoding": self.encoding, "sheet": self.sheet}
        facts = [f"{name} {value}" for name, value in parts.items() if value]
        if self.kind in ("csv", "xlsx"):
            facts.append("column names in the first row" if self.header else "no column names")
        kind = "CSV" if self.kind == "csv" else self.kind
        return f"Read as {kind}{': ' if facts else ''}{', '.join(facts)}; {self.rows:,} rows."


def table_notes(read_as: TableFormat, apostrophes: int = 0) -> tuple[str, ...]:
    """What was guessed of a table and is odd in it, and how many cells of the output got an apostrophe."""
    notes = (read_as.sentence, *read_as.notes)
    if not apostrophes:
        return notes
    cells = "1 cell" if apostrophes == 1 else f"{apostrophes:,} cells"
    return (*notes, f"Apostrophes before what a spreadsheet would take for a formula (spreadsheet_safe): in {cells}.")


@dataclass
class Tally:
    """How often something was met, and the line of the first time."""

    count: int = 0
    line: int = 0

    def add(self, line: int, count: int = 1) -> None:
        if count:
            self.line = self.line or line
            self.count += count

    def note(self, one: str, many: str) -> list[str]:
        """The sentence on it, with ``{line}`` and ``{count}`` filled in; nothing where it was never met."""
        form = one if self.count == 1 else many
        return [form.format(count=f"{self.count:,}", line=f"{self.line:,}")] if self.count else []


def kind_of(path: Path) -> Kind:
    """The kind of a file by its first bytes. Raises InputError for what is no table, TooLargeError."""
    with path.open("rb") as file:
        size, head = file.seek(0, os.SEEK_END), b""
        file.seek(0)
        head = file.read(HEAD_BYTES)
    if size > TABLE_LIMITS.max_bytes:
        raise TooLargeError(f"The table is larger than {TABLE_LIMITS.max_bytes >> 20} MiB: send it in parts.")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise InputError(EMPTY)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, message in OTHER_FORMATS.items():
        if head.startswith(magic):
            raise InputError(message)
    if text[:20].lower().startswith(MARKUP):
        raise InputError("This is a web page or XML, whatever its name says: save the table as CSV.")
    plain = head.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").removeprefix(b"\xef\xbb\xbf")
    if JSON_OBJECT.match(plain):
        return "json lines"
    if JSON_ARRAY.match(plain):
        raise InputError("This is one JSON array: write one object a line (JSON lines), as `jq -c '.[]'` does, or CSV.")
    return "csv"
