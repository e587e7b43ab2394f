"""Untrusted CSV tables: read row by row with constant memory, written so that no cell is a spreadsheet formula."""

import codecs
import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from zoo.core.errors import InputError, TooLargeError


@dataclass(frozen=True)
class TableLimits:
    max_bytes: int = 512 * 2**20
    max_cell: int = 100_000  # characters
    max_columns: int = 500


@dataclass(frozen=True)
class TableFormat:
    """How to read a file. Without a header row the columns are named "column 1", "column 2" and so on."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    has_header: bool


TABLE_LIMITS = TableLimits()
csv.field_size_limit(TABLE_LIMITS.max_cell)  # global to the process; nothing else in it reads CSV
HEAD_BYTES = 2**16  # of the file that format and separator are read from
CHUNK_BYTES = 2**20
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
OTHER_FORMATS = {
    b"PK\x03\x04": "This is an Excel workbook or another archive: save the table as CSV.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook: save the table as CSV.",
    b"PAR1": "This is a parquet file: write the table as CSV.",
    b"\x1f\x8b": "This is a compressed file: unpack it first.",
    b"%PDF": "This is a PDF, not a table: save the table as CSV.",
}
TEXT_COLUMNS = ("text", "tweet", "sentence", "content", "message", "comment", "review")
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet reads a cell that starts so as a formula


def sniff_table(file: BinaryIO) -> TableFormat:
    """Encoding, separator and columns. Raises InputError for anything but a table, TooLargeError beyond 512 MiB."""
    if file.seek(0, os.SEEK_END) > TABLE_LIMITS.max_bytes:
        raise TooLargeError(f"The table is larger than {TABLE_LIMITS.max_bytes >> 20} MiB: send it in parts.")
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head.strip():
        raise InputError("The table is empty: choose a file with a row of column names and rows of texts.")
    for magic, message in OTHER_FORMATS.items():
        if head.startswith(magic):
            raise InputError(message)
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if encoding is None:
        if b"\0" in head or sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head) > len(head) / 50:
            raise InputError("This is not a table of text: save the table as CSV.")
        encoding = "utf-8" if _is_utf8(file) else "cp1252"
    text = head.decode(encoding, "replace")
    whole = text if len(head) < HEAD_BYTES or "\n" not in text else text[: text.rindex("\n") + 1]
    delimiter = max(DELIMITERS, key=lambda candidate: _consistency(whole, candidate))
    first = next((row for row in _parsed(whole, delimiter) if any(cell.strip() for cell in row)), [])
    if len(first) > TABLE_LIMITS.max_columns:
        raise TooLargeError(f"The table has more than {TABLE_LIMITS.max_columns} columns: leave some out.")
    if not first:
        raise InputError("The table contains no text: choose a file with a row of column names and rows of texts.")
    header = not any(_is_number(cell) or len(cell) > 60 for cell in first)
    names = [cell.strip().replace("\0", "") for cell in first] if header else [""] * len(first)
    return TableFormat(encoding, delimiter, _unique(names), header)


def read_rows(file: BinaryIO, table_format: TableFormat) -> Iterator[dict[str, str]]:
    """The rows, streamed from the start. Missing cells are empty; extra cells and empty rows are skipped.

    Raises InputError with the number of a row that cannot be read. ``file`` stays open.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, table_format.encoding, "replace", newline="")
    try:
        rows = csv.reader((line.replace("\0", "") for line in text), delimiter=table_format.delimiter)
        number = -1 if table_format.has_header else 0
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                raise InputError(f"Row {max(number + 1, 1)} cannot be read ({error}): repair or remove it.") from error
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            if number > 0 or not table_format.has_header:
                padded = cells + [""] * (len(table_format.columns) - len(cells))
                yield dict(zip(table_format.columns, padded, strict=False))
    finally:
        if not file.closed:
            text.detach()  # its destructor would close the file


def column_of(table_format: TableFormat, name: str) -> str:
    """The column of that name, in any case. Raises InputError, which lists the columns."""
    for column in (name, *(column for column in table_format.columns if column.lower() == name.lower())):
        if column in table_format.columns:
            return column
    raise InputError(f"There is no column named {name!r}. The table has: {', '.join(table_format.columns)}.")


def guess_text_column(table_format: TableFormat, rows: Sequence[Mapping[str, str]]) -> str:
    """The column named like a text, or else the one with the longest cells."""
    for name in TEXT_COLUMNS:
        for column in table_format.columns:
            if column.lower() == name:
                return column
    return max(table_format.columns, key=lambda column: sum(len(row[column]) for row in rows))


def safe_cell(value: str) -> str:
    """The text, prefixed with an apostrophe if a spreadsheet would read it as a formula (OWASP, CSV injection)."""
    is_formula = value.lstrip(" \n").startswith(FORMULA_PREFIXES) and not _is_number(value)
    return f"'{value}" if is_formula else value


class TableWriter:
    """Writes a header, unless ``header`` is false, and rows of safe cells as CSV; floats get four decimals."""

    def __init__(self, file: TextIO, columns: Sequence[str], *, header: bool = True) -> None:
        self._columns = list(columns)
        self._writer = csv.writer(file, lineterminator="\n")
        if header:
            self._writer.writerow([safe_cell(column) for column in columns])

    def write(self, row: Mapping[str, object]) -> None:
        cells = (row[column] for column in self._columns)
        self._writer.writerow([f"{cell:.4f}" if isinstance(cell, float) else safe_cell(str(cell)) for cell in cells])


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"The table cannot be read ({error}): is it CSV?") from error


def _consistency(text: str, delimiter: str) -> float:
    """The fraction of rows that have the most common number of cells; 0 when that number is one."""
    widths = Counter(len(row) for row in _parsed(text, delimiter)[:100] if row)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return count / widths.total() if width > 1 else 0.0


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    result: list[str] = []
    for number, name in enumerate(names, 1):
        base = candidate = name or f"column {number}"
        count = 1
        while candidate in result:
            count += 1
            candidate = f"{base} ({count})"
        result.append(candidate)
    return tuple(result)
