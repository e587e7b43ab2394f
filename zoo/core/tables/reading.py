"""Untrusted tables of four kinds, read in constant memory: first checked as a whole, then row by row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from zoo.core.errors import InputError
from zoo.core.steps import Steps, run_to_completion
from zoo.core.tables.delimited import check_delimited
from zoo.core.tables.formats import TableFormat, kind_of
from zoo.core.tables.headers import text_column
from zoo.core.tables.knobs import READ_AS, TableFormatKnobs
from zoo.core.tables.record_files import check_json_lines, check_parquet
from zoo.core.tables.workbooks import check_workbook


class Source(Protocol):
    """A checked file of one kind."""

    @property
    def format(self) -> TableFormat: ...

    def rows(self, file: BinaryIO) -> Iterator[list[str]]:
        """As many cells as there are columns for each row."""


@dataclass(frozen=True)
class Table:
    """A table that was checked."""

    path: Path
    source: Source

    @property
    def format(self) -> TableFormat:
        return self.source.format

    def rows(self) -> Iterator[dict[str, str]]:
        """All rows, from the start. Raises InputError where the file cannot be read."""
        with self.path.open("rb") as file:
            for cells in self.source.rows(file):
                yield dict(zip(self.format.columns, cells, strict=True))


def check_table(path: Path, knobs: TableFormatKnobs = READ_AS, column: str = "") -> Steps[Table]:
    """Tell a table's kind by its first bytes, guess what ``knobs`` leaves open, and check it against all rows.

    A CSV file of any usual separator, quotes and encoding, an Excel workbook (.xlsx), JSON lines, or parquet.
    ``column``: that of the texts, where it is known. The progress records all have step 0.

    Raises InputError for anything else, and for a table that would lose cells; it names the line. Raises TooLargeError
    beyond the limits.
    """
    match kind_of(path):
        case "xlsx":
            return Table(path, (yield from check_workbook(path, knobs)))
        case "json lines":
            return Table(path, (yield from check_json_lines(path, knobs)))
        case "parquet":
            return Table(path, check_parquet(path))
        case _:
            return Table(path, (yield from check_delimited(path, knobs, column)))


def read_table(path: Path, knobs: TableFormatKnobs = READ_AS, column: str = "") -> Table:
    """The same in one go. Raises as ``check_table``."""
    return run_to_completion(check_table(path, knobs, column))


def column_of(table_format: TableFormat, name: str) -> str:
    """The column of that name, in any case. Raises InputError, which lists the columns."""
    for column in (name, *(column for column in table_format.columns if column.lower() == name.lower())):
        if column in table_format.columns:
            return column
    raise InputError(f"There is no column named {name!r}. The table has: {', '.join(table_format.columns)}.")


def guess_text_column(table_format: TableFormat, rows: Sequence[Mapping[str, str]]) -> str:
    """The column named like a text, or else the one with the longest cells."""
    return table_format.columns[text_column(table_format.columns, [list(row.values()) for row in rows])]
