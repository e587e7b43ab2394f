"""Excel workbooks (.xlsx), read row by row; a small file that would unpack to a large one is refused."""

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from zoo.core.errors import InputError, TooLargeError, ZooError
from zoo.core.steps import Progress, Steps
from zoo.core.tables.delimited import Row, first_rows, name_columns
from zoo.core.tables.encodings import CHECKING, well_formed
from zoo.core.tables.formats import TABLE_LIMITS, TableFormat
from zoo.core.tables.headers import unique
from zoo.core.tables.knobs import TableFormatKnobs

MAX_ROWS = 2**20  # of a sheet, by the format's specification
MAX_PART = 2**24  # bytes, unpacked, of any part but sheets and shared strings
MAX_PARTS = 10_000
CHECKED_A_STEP = 2000  # rows
OTHER_ARCHIVE = "This is an archive or a spreadsheet of another format, or it is damaged: save the table as CSV."
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold, most often a carriage return
# A formula that no program has computed: openpyxl and others store none of its values.
UNCOMPUTED = re.compile(rb"(?:</f>|<f\b[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
OVERLAP = 100  # bytes of a chunk that are looked at again with the next one


@dataclass(frozen=True)
class Workbook:
    """A workbook that was checked."""

    format: TableFormat

    def rows(self, file: BinaryIO) -> Iterator[list[str]]:
        """The cells of each row, without the header."""
        with opened(file) as book:
            numbered = filled_rows(sheet_of(book, self.format.sheet))
            if self.format.header:
                next(numbered)
            for _, cells in numbered:
                yield cells + [""] * (len(self.format.columns) - len(cells))


def check_workbook(path: Path, knobs: TableFormatKnobs) -> Steps[Workbook]:
    """Read every row of a sheet once: how many there are, and how many columns they fill.

    Raises InputError for a damaged file or a sheet that it lacks, TooLargeError for one that unpacks to too much.
    """
    with path.open("rb") as file:
        check_parts(file)
        with opened(file) as book:
            sheet = sheet_of(book, knobs.sheet)
            reading = filled_rows(sheet)
            head = first_rows(reading)
            if knobs.header == "auto":
                check_title([cells for _, cells in head])
            header, columns = name_columns(head, knobs)
            rows, width = 0, len(columns)
            for rows, (_, cells) in enumerate(chain(head[header:], reading), 1):
                width = max(width, len(cells))
                if rows % CHECKED_A_STEP == 0:
                    yield Progress(0, 1, CHECKING)
            names = unique([*columns, *[""] * (width - len(columns))])
            notes = [*_sheet_note(book, sheet.title, knobs), *_formula_note(file, sheet)]
            return Workbook(TableFormat("xlsx", names, rows, header, sheet=sheet.title, notes=tuple(notes)))


def check_parts(file: BinaryIO) -> None:
    """Raise InputError where it is no workbook, TooLargeError where its parts are too large unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(OTHER_ARCHIVE) from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise InputError(OTHER_ARCHIVE)
    if "xl/workbook.bin" in names:
        raise InputError("This is a binary Excel workbook: save the table as .xlsx or as CSV.")
    read = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    for part in read:
        name = part.filename.lower()
        limit = TABLE_LIMITS.max_unpacked if name.startswith("xl/worksheets/sheet") else MAX_PART
        limit = TABLE_LIMITS.max_shared if "sharedstrings" in name else limit
        if part.file_size > limit:
            raise TooLargeError(f"{part.filename} of the workbook has more than {limit >> 20} MiB unpacked: split it.")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in read) > TABLE_LIMITS.max_unpacked:
        raise TooLargeError(f"The workbook has more than {TABLE_LIMITS.max_unpacked >> 20} MiB unpacked: split it.")


@contextmanager
def opened(file: BinaryIO) -> Iterator[Any]:
    """The workbook, read lazily. Raises InputError for whatever its reader raises at a damaged one."""
    import openpyxl

    warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")  # on styles, which no table needs
    book = None
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        yield book
    except ZooError:
        raise
    except Exception as error:  # the reader checks little: a damaged file may raise anything
        raise InputError(f"The workbook cannot be read ({error}): open it, and save the table as CSV.") from error
    finally:
        if book is not None:
            book.close()


def sheet_of(book: Any, name: str) -> Any:
    """The sheet of that name, in any case, or the first one with cells. Raises InputError, which lists the sheets."""
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its size may be wrong; the reader would stop there
        if sheet.title.lower() == name.lower() or (not name and next(filled_rows(sheet), None)):
            return sheet
    titles = ", ".join(sheet.title for sheet in book.worksheets)
    if not name:
        raise InputError(f"The workbook has no cells in its sheets ({titles}): choose another file.")
    raise InputError(f"There is no sheet named {name!r}. The workbook has: {titles}.")


def filled_rows(sheet: Any) -> Iterator[Row]:
    """The rows that have a cell, as (number of the row, cells up to the last one that is not empty)."""
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MAX_ROWS:
            raise TooLargeError(f"The sheet has more than {MAX_ROWS:,} rows: split it.")
        cells = [as_text(value) for value in values] if any(value is not None for value in values) else []
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > TABLE_LIMITS.max_columns:
            raise TooLargeError(f"Row {number:,} has more than {TABLE_LIMITS.max_columns} columns: leave some out.")
        if cells:
            yield number, cells


def as_text(value: Any) -> str:
    """A cell as a spreadsheet program writes it into a CSV file; dates as ISO 8601 has them.

    >>> as_text(True), as_text(3.0), as_text(datetime.datetime(2024, 5, 1)), as_text("a_x000D_")
    ('TRUE', '3', '2024-05-01', 'a\\r')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    text = str(value)
    if "_x" in text:
        text = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\0", "")
    return well_formed(text)


def check_title(head: Sequence[Sequence[str]]) -> None:
    """Raise InputError where the first row is one cell and those below are rows of several."""
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in head]
    if len(filled) > 3 and filled[0] == 1 and sum(count > 1 for count in filled[1:]) > 0.8 * len(filled[1:]):
        raise InputError(
            "The first row of the sheet is one cell, but the rows below have several: remove what stands above the "
            "column names, or tell whether there are column names."
        )


def _sheet_note(book: Any, title: str, knobs: TableFormatKnobs) -> list[str]:
    others = [sheet.title for sheet in book.worksheets if sheet.title != title]
    return (
        [f"The workbook has other sheets, which were not read: {', '.join(others)}."]
        if others and not knobs.sheet
        else []
    )


def _formula_note(file: BinaryIO, sheet: Any) -> list[str]:
    count, rest = 0, b""
    with zipfile.ZipFile(file) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as part:
        while chunk := part.read(2**20):
            text = rest + chunk
            matches = list(UNCOMPUTED.finditer(text))
            count += len(matches)
            rest = text[max(matches[-1].end() if matches else 0, len(text) - OVERLAP) :]
    if not count:
        return []
    return [f"{count:,} formulas have no stored value, so that their cells are empty: open and save it in Excel first."]
