"""CSV files in which no cell is a formula, for whoever opens them in a spreadsheet program."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from zoo.core.errors import InputError
from zoo.core.files import check_output

SIGNS = "=+-@＝＋－＠"
FORMULA_PREFIXES = (*SIGNS, "\t", "\r")  # a cell that starts so is read as a formula
# The same inside of a cell, where a program takes the semicolon, tab, bar or line end for the end of a cell. A number
# is none, and neither is a wink: ;-) A quote before it is dropped by the program: it begins a quoted cell.
INNER = re.compile(rf"([;\t|\r\n][ \"]*)(?=[{re.escape(SIGNS)}])(?![+-](?:\)|[\d.,]*(?:[;\t|\r\n]|$)))")
NUMBER = re.compile(r"[+-]\s?[£$€¥]?\s?\d[\d.,’' \u00a0\u202f]*\s?[%£$€¥]?")  # amounts and telephone numbers too


OTHER_FORMATS = (".xlsx", ".xls", ".ods", ".parquet", ".jsonl", ".json")


def check_table_output(target: Path, source: Path) -> None:
    """Raise InputError where a CSV file cannot be written to ``target``, or its name says another format."""
    if target.suffix.lower() in OTHER_FORMATS:
        raise InputError(f"Tables are written as CSV, not as {target.suffix}: name it {target.stem}.csv.")
    check_output(target, source)


def safe_cell(value: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet would read a formula (OWASP, CSV injection).

    >>> safe_cell("=1+1"), safe_cell("-3.5"), safe_cell("fine;=1+1"), safe_cell("nice ;-)")
    ("'=1+1", '-3.5', "fine;'=1+1", 'nice ;-)')
    """
    is_formula = value.lstrip(' \n"').startswith(FORMULA_PREFIXES) and not _is_number(value)
    safe = INNER.sub(r"\1'", value)
    return f"'{safe}" if is_formula else safe


class TableWriter:
    """Writes a header, unless ``header`` is false, and rows as CSV; floats get four decimals.

    ``safe``: whether cells that are formulas get an apostrophe; ``changed`` counts those.
    """

    def __init__(self, file: TextIO, columns: Sequence[str], *, header: bool = True, safe: bool = True) -> None:
        self._columns = list(columns)
        self._writer = csv.writer(file, lineterminator="\n")
        self._quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        self._safe = safe
        self.changed = 0
        if header:
            self._write(self._columns)

    def write(self, row: Mapping[str, object]) -> None:
        cells = (row[column] for column in self._columns)
        self._write([f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in cells])

    def _write(self, cells: list[str]) -> None:
        if self._safe:
            safe = [safe_cell(cell) for cell in cells]
            self.changed += sum(one != other for one, other in zip(cells, safe, strict=True))
            cells = safe
        # Python's writer does not quote a carriage return, at which readers end the row.
        writer = self._quoting if any("\r" in cell for cell in cells) else self._writer
        writer.writerow(cells)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return NUMBER.fullmatch(text.strip()) is not None
    return True
