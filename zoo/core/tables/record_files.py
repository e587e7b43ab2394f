"""Files of records, each with the names of its values: JSON lines and parquet. Both are read piece by piece."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from zoo.core.errors import InputError, TooLargeError
from zoo.core.steps import Progress, Steps
from zoo.core.tables.encodings import CHECKING, TextEncoding, find_encoding, well_formed
from zoo.core.tables.formats import TABLE_LIMITS, TableFormat
from zoo.core.tables.knobs import TableFormatKnobs

CHECKED_A_STEP = 20_000  # records
BATCH_ROWS = 256  # of a parquet file in memory at once
MAX_PARQUET_ROWS = 10**8


@dataclass(frozen=True)
class JsonLines:
    """A file with one JSON object a line that was checked."""

    format: TableFormat
    encoding: TextEncoding

    def rows(self, file: BinaryIO) -> Iterator[list[str]]:
        """The cells of each record; a value that it lacks is empty."""
        for record in json_records(self.encoding.lines(file)):
            yield [_json_text(record.get(name)) for name in self.format.columns]


def check_json_lines(path: Path, knobs: TableFormatKnobs) -> Steps[JsonLines]:
    """Read every record once; the columns are all names, in the order in which they come.

    Raises InputError with the number of a line that is no JSON object.
    """
    with path.open("rb") as file:
        if knobs.encoding == "auto":
            encoding = yield from find_encoding(file)
        else:
            encoding = TextEncoding(knobs.encoding, repair=knobs.encoding == "utf-8")
        names: dict[str, None] = {}
        rows = 0
        for rows, record in enumerate(json_records(encoding.lines(file)), 1):
            names |= dict.fromkeys(record)
            if len(names) > TABLE_LIMITS.max_columns:
                raise TooLargeError(f"The records have more than {TABLE_LIMITS.max_columns} names: leave some out.")
            if rows % CHECKED_A_STEP == 0:
                yield Progress(0, 1, CHECKING)
    notes = encoding.notes
    return JsonLines(TableFormat("json lines", tuple(names), rows, encoding=encoding.name, notes=notes), encoding)


def json_records(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The objects, one a line; blank lines are left out. Raises InputError with the number of another line."""
    for number, line in enumerate(lines, 1):
        if not line.strip("\ufeff\r\n\t \0"):
            continue
        try:
            record = json.loads(line.strip("\ufeff\0"), object_pairs_hook=_unique_names)
        except RecursionError as error:
            raise InputError(f"Line {number:,} has too many objects inside of each other: flatten it.") from error
        except ValueError as error:
            raise InputError(
                f"Line {number:,} is not one JSON object ({error}): write each record on one line."
            ) from error
        if not isinstance(record, dict):
            raise InputError(f"Line {number:,} is not a JSON object: write each record as one.")
        yield record


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = {well_formed(name): value for name, value in pairs}
    if len(record) < len(pairs):
        raise ValueError("a name is there twice")
    return record


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    text = well_formed(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).replace("\0", "")
    return _limited(text)


@dataclass(frozen=True)
class Parquet:
    """A parquet file that was checked."""

    format: TableFormat

    def rows(self, file: BinaryIO) -> Iterator[list[str]]:
        """The cells of each row; a missing value is empty."""
        from pyarrow.lib import ArrowException

        try:
            for batch in _parquet_file(file).iter_batches(BATCH_ROWS):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    yield [_parquet_text(value) for value in values]
        except (ArrowException, OSError, ValueError, OverflowError, RecursionError) as error:
            raise InputError(f"The parquet file cannot be read ({_first_line(error)}): write it again.") from error


def check_parquet(path: Path) -> Parquet:
    """Columns and number of rows, by the file's own metadata.

    Raises InputError for a damaged file, TooLargeError for one that would unpack to too much.
    """
    with path.open("rb") as file:
        metadata = _parquet_file(file).metadata
        schema = metadata.schema.to_arrow_schema()
        groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
        # Not of each column: where its metadata are damaged, pyarrow's group.column() ends the whole process.
        sizes = [group.total_byte_size for group in groups]
    if len(schema.names) > TABLE_LIMITS.max_columns:
        raise TooLargeError(f"The table has more than {TABLE_LIMITS.max_columns} columns: leave some out.")
    if len(set(schema.names)) < len(schema.names):
        raise InputError("Two columns of the parquet file have the same name: rename one.")
    if metadata.num_rows > MAX_PARQUET_ROWS or sum(sizes) > TABLE_LIMITS.max_unpacked:
        raise TooLargeError(f"The parquet file has more than {TABLE_LIMITS.max_unpacked >> 20} MiB unpacked: split it.")
    if max(sizes, default=0) > TABLE_LIMITS.max_shared * max(1, len(schema.names)):
        raise TooLargeError(
            f"The columns have more than {TABLE_LIMITS.max_shared >> 20} MiB each in one row group: write smaller row "
            "groups."
        )
    if not schema.names:
        raise InputError("The parquet file has no columns: choose another file.")
    return Parquet(TableFormat("parquet", tuple(schema.names), metadata.num_rows))


def _parquet_file(file: BinaryIO) -> Any:
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    try:
        return parquet.ParquetFile(file)
    except (ArrowException, OSError, ValueError) as error:
        raise InputError(f"The parquet file is damaged ({_first_line(error)}): write it again.") from error


def _parquet_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            text = value
        case bool():
            text = str(value).lower()
        case float():
            text = "" if value != value else repr(value)
        case bytes():
            text = value.decode("utf-8", "replace")
        case datetime.datetime() | datetime.date() | datetime.time():
            text = value.isoformat()
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False, default=str)
        case _:
            text = str(value)
    return _limited(text.replace("\0", ""))


def _limited(text: str) -> str:
    if len(text) > TABLE_LIMITS.max_cell:
        raise InputError(f"A value has more than {TABLE_LIMITS.max_cell:,} characters: shorten it.")
    return text


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
