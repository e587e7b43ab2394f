"""The output of an interrupted run on a table, cut back to its last complete row of the source, to go on with."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zoo.core.errors import InputError
from zoo.core.files import partial_path
from zoo.core.tables import safe_cell


@dataclass(frozen=True)
class Resumed:
    """``last``: number of the last source row that is complete; ``rows``: rows kept; ``fingerprints``: of their texts.

    With ``last`` at 0 nothing was kept.
    """

    last: int = 0
    rows: int = 0
    fingerprints: set[bytes] = field(default_factory=set)


def fingerprint(text: str) -> bytes:
    """A short hash of a text as the table holds it."""
    return hashlib.blake2b(safe_cell(text).encode("utf-8", "replace"), digest_size=8).digest()


def resume_output(target: Path, column: str, number_column: str) -> Resumed:
    """Leave at ``partial_path(target)`` the complete rows of an earlier run.

    An interrupted run leaves its rows there; without any, ``target`` itself is resumed. Its last source row is dropped,
    since it may lack some of its new rows. Raises InputError when the file was not written by such a run.
    """
    partial = partial_path(target)
    unfinished = partial if partial.exists() else target
    if not unfinished.exists():
        return Resumed()
    header, rows = _complete_rows(unfinished)
    if number_column not in header or column not in header:
        raise InputError(f"{target.name} is no augmented table of this kind: choose another file, or do not resume.")
    number_index, text_index = header.index(number_column), header.index(column)
    last = max((int(cells[number_index]) for cells in rows if cells[number_index].isdigit()), default=0)
    if last <= 1:
        return Resumed()
    fingerprints, count = set(), 0
    scratch = partial.with_name(f"{partial.name}.tmp")
    with scratch.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for cells in _complete_rows(unfinished)[1]:
            if cells[number_index].isdigit() and int(cells[number_index]) < last:
                writer.writerow(cells)
                fingerprints.add(fingerprint(cells[text_index]))
                count += 1
    scratch.replace(partial)
    return Resumed(last - 1, count, fingerprints)


def _complete_rows(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and the rows with as many cells."""

    def read() -> Iterator[list[str]]:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            yield from csv.reader(file)

    rows = read()
    header = next(rows, [])
    return header, (cells for cells in rows if len(cells) == len(header))
