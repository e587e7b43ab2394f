"""A labelled table made larger: each row, and below it new rows with other words and the same cells besides."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from zoo.augment.eda import augment
from zoo.core.errors import InputError
from zoo.core.jobs import Progress, Steps
from zoo.core.tables import TableFormat, TableWriter, column_of, read_rows, sniff_table
from zoo.knobs.augment import AugmentKnobs

CHUNK = 50  # rows a step
ADDED = ("operation", "source_row")


@dataclass
class Expanded:
    """``rows`` read, ``written`` in all, ``skipped`` that stood there already; the table lies at ``path``."""

    path: Path
    rows: int = 0
    written: int = 0
    skipped: int = 0


def expand(
    source: Path, target: Path, column: str, knobs: AugmentKnobs | None = None, *, resume: bool = False
) -> Steps[Expanded]:
    """Write ``source`` to ``target`` with up to ``knobs.outputs`` rows more after each row, and no text twice.

    A job; progress counts bytes. A row's new sentences depend on its place and ``knobs.seed`` alone. With ``resume`` a
    target that was left unfinished is gone on with, and the same table comes out. Raises InputError for a file that is
    no table, a column that it lacks, or settings with every operation off.
    """
    knobs = knobs or AugmentKnobs()
    result = Expanded(target)
    with source.open("rb") as file:
        form = sniff_table(file)
        column = column_of(form, column)
        names = added_names(form)
        seen: set[bytes] = set()
        done = keep_whole_rows(target, names[1]) if resume and target.exists() else 0
        total = source.stat().st_size
        with target.open("a" if done else "w", newline="", encoding="utf-8") as out:
            writer = TableWriter(out, [*form.columns, *names], header=not done)
            for number, row in enumerate(read_rows(file, form), 1):
                result.rows = number
                for text, operation in [(row[column], "original"), *_news(row[column], knobs, number)]:
                    mark = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
                    if mark in seen:
                        result.skipped += 1
                        continue
                    seen.add(mark)
                    result.written += 1
                    if number > done:
                        writer.write(row | {column: text, names[0]: operation, names[1]: number})
                if number % CHUNK == 0:
                    out.flush()
                    yield Progress(min(file.tell(), total), total, f"{number:,} rows read, {result.written:,} written")
    yield Progress(total, total, f"{result.rows:,} rows read, {result.written:,} written")
    return result


def added_names(form: TableFormat) -> tuple[str, str]:
    """Names for the two columns more that the table does not have yet."""
    one, two = (name if name not in form.columns else f"{name} (augment)" for name in ADDED)
    return one, two


def keep_whole_rows(target: Path, column: str) -> int:
    """Cut an unfinished table off before its last source row, which may lack some; the number of the one before.

    Raises InputError when the file is none of ours.
    """
    with target.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if column not in header:
            raise InputError(f"{target.name} is no table of this kind to go on with: choose another file.")
        place = header.index(column)
        last = 0
        for cells in rows:
            if len(cells) == len(header) and cells[place].isdigit():
                last = int(cells[place])
    if last <= 1:
        return 0
    partial = target.with_suffix(".partial")
    with target.open(newline="", encoding="utf-8") as file, partial.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        rows = csv.reader(file)
        next(rows)
        for cells in rows:
            if len(cells) == len(header) and cells[place].isdigit() and int(cells[place]) < last:
                writer.writerow(cells)
    partial.replace(target)
    return last - 1


def _news(text: str, knobs: AugmentKnobs, number: int) -> list[tuple[str, str]]:
    if not text.strip():
        return []
    own = knobs.model_copy(update={"seed": knobs.seed + number})
    return [(new.text, new.operation) for new in augment(text, own)]
