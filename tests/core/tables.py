"""Tables from bytes, for the tests of their reader."""

import tempfile
from pathlib import Path
from typing import Any

from zoo.core.errors import InputError
from zoo.core.tables import TableFormat, TableFormatKnobs, read_table

Rows = list[dict[str, str]]


def read(data: bytes, column: str = "", **knobs: Any) -> tuple[TableFormat, Rows]:
    """Format and rows of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(data)
        table = read_table(path, TableFormatKnobs(**knobs), column)
        return table.format, list(table.rows())


def values(rows: Rows) -> list[list[str]]:
    """The cells without the names of their columns."""
    return [list(row.values()) for row in rows]


def outcome(data: bytes) -> str | Rows:
    """The rows, or the message of the error."""
    try:
        return read(data)[1]
    except InputError as error:
        return str(error)
