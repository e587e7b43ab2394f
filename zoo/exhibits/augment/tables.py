"""A labelled table made larger: each row, and below it new rows with other words and the same cells besides."""

import csv
import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from zoo.core.errors import InputError
from zoo.core.jobs import Progress, Steps
from zoo.core.tables import TableFormat, TableWriter, column_of, read_rows, safe_cell, sniff_table
from zoo.exhibits.augment.back_translation import ENGLISH, language_of
from zoo.exhibits.augment.eda import augment
from zoo.exhibits.augment.engines import engine_of
from zoo.exhibits.augment.knobs import AugmentKnobs, BackKnobs

T = TypeVar("T")
CHUNK = 50  # rows a step of the four operations
POLL = 0.1  # seconds between two looks at an answer that is waited for
ADDED = ("operation", "source_row")

News = list[tuple[str, str]]  # new texts of a row, each with the operation that made it
Numbered = Sequence[tuple[int, str]]  # rows' numbers and texts


@dataclass
class Expanded:
    """``rows`` read, ``written`` in all, ``skipped`` that stood there already; the table lies at ``path``."""

    path: Path
    rows: int = 0
    written: int = 0
    skipped: int = 0


def expand(
    source: Path,
    target: Path,
    column: str,
    knobs: AugmentKnobs | BackKnobs | None = None,
    *,
    resume: bool = False,
) -> Steps[Expanded]:
    """Write ``source`` to ``target`` with new rows after each row, and no text twice.

    Up to ``knobs.outputs`` by the four operations, or one by back-translation. A job; progress counts bytes. A row's
    new sentences depend on its place and ``knobs.seed`` alone. With ``resume`` a target that was left unfinished is
    gone on with, what it holds is not asked for again, and the same table comes out. Raises InputError for a file that
    is no table, a column that it lacks, or settings that make nothing.
    """
    maker = Backward(knobs) if isinstance(knobs, BackKnobs) else Operations(knobs or AugmentKnobs())
    result = Expanded(target)
    with source.open("rb") as file:
        form = sniff_table(file)
        column = column_of(form, column)
        names = added_names(form)
        kept = keep_whole_rows(target, column, names[1]) if resume and target.exists() else Kept()
        result.written, seen = kept.rows, kept.marks
        total = source.stat().st_size
        with target.open("a" if kept.last else "w", newline="", encoding="utf-8") as out:
            writer = TableWriter(out, [*form.columns, *names], header=not kept.last)
            rows = enumerate(read_rows(file, form), 1)
            result.rows = sum(1 for _ in islice(rows, kept.last))
            while chunk := list(islice(rows, maker.rows - result.rows % maker.rows)):
                making = maker.news([(number, row[column]) for number, row in chunk])
                news = yield from _told(making, lambda: Progress(min(file.tell(), total), total, _message(result)))
                for (number, row), new in zip(chunk, news, strict=True):
                    result.rows = number
                    for text, operation in [(row[column], "original"), *new]:
                        if (mark := mark_of(text)) in seen:
                            result.skipped += 1
                            continue
                        seen.add(mark)
                        result.written += 1
                        writer.write(row | {column: text, names[0]: operation, names[1]: number})
                out.flush()
                yield Progress(min(file.tell(), total), total, _message(result))
    return result


def _message(result: Expanded) -> str:
    return f"{result.rows:,} rows read, {result.written:,} written"


def _told(making: Generator[None, None, T], progress: Callable[[], Progress]) -> Generator[Progress, None, T]:
    """What is being made, with a record each time that it lets others have their turn."""
    while True:
        try:
            next(making)
        except StopIteration as stop:
            made: T = stop.value
            return made
        yield progress()


class Operations:
    """New rows by the four operations on words."""

    rows = CHUNK

    def __init__(self, knobs: AugmentKnobs) -> None:
        self.knobs = knobs

    def news(self, rows: Numbered) -> Generator[None, None, list[News]]:
        yield from ()
        made: list[News] = []
        for number, text in rows:
            own = self.knobs.model_copy(update={"seed": self.knobs.seed + number})
            made.append([(new.text, new.operation) for new in augment(text, own)] if text.strip() else [])
        return made


class Backward:
    """One new row by back-translation; a longer text than one may ask for stays alone."""

    def __init__(self, knobs: BackKnobs) -> None:
        self.knobs, self.engine = knobs, engine_of(knobs)
        self.rows = self.engine.rows

    def news(self, rows: Numbered) -> Generator[None, None, list[News]]:
        from zoo.exhibits.translate import MAX_CHARACTERS

        language = language_of(self.engine, self.knobs, draw=(rows[0][0] - 1) // self.rows)
        texts = [text if len(text) <= MAX_CHARACTERS else "" for _, text in rows]
        for source, target in ((ENGLISH, language), (language, ENGLISH)):
            if self.engine.remote:
                texts = yield from _elsewhere(partial(self.engine.translate, texts, source, target))
            else:
                texts = self.engine.translate(texts, source, target)
                yield
        return [[(text, f"back-translation ({language})")] if text.strip() else [] for text in texts]


def _elsewhere(call: Callable[[], T]) -> Generator[None, None, T]:
    """The value of a call in a thread of its own, so that the worker may serve others while it is waited for."""
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(call)
        while not future.done():
            wait([future], timeout=POLL)
            yield
        return future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def mark_of(text: str) -> bytes:
    """What tells a text, as the table holds it, from all others."""
    return hashlib.blake2b(safe_cell(text).encode("utf-8", "replace"), digest_size=8).digest()


def added_names(form: TableFormat) -> tuple[str, str]:
    """Names for the two columns more that the table does not have yet."""
    one, two = (name if name not in form.columns else f"{name} (augment)" for name in ADDED)
    return one, two


@dataclass(frozen=True)
class Kept:
    """Of an unfinished table: the number of the last source row that is whole, how many rows, and their texts."""

    last: int = 0
    rows: int = 0
    marks: set[bytes] = field(default_factory=set)


def keep_whole_rows(target: Path, column: str, numbers: str) -> Kept:
    """Cut an unfinished table off before its last source row, which may lack some.

    Raises InputError when the file is none of ours.
    """
    header, rows = _whole(target)
    if numbers not in header or column not in header:
        raise InputError(f"{target.name} is no table of this kind to go on with: choose another file.")
    place, text = header.index(numbers), header.index(column)
    last = max((int(cells[place]) for cells in rows if cells[place].isdigit()), default=0)
    if last <= 1:
        return Kept()
    marks, count = set(), 0
    part = target.with_suffix(".partial")
    with part.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for cells in _whole(target)[1]:
            if cells[place].isdigit() and int(cells[place]) < last:
                writer.writerow(cells)
                marks.add(mark_of(cells[text]))
                count += 1
    part.replace(target)
    return Kept(last - 1, count, marks)


def _whole(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and the rows that have as many cells."""

    def read() -> Iterator[list[str]]:
        with path.open(newline="", encoding="utf-8") as file:
            yield from csv.reader(file)

    rows = read()
    header = next(rows, [])
    return header, (cells for cells in rows if len(cells) == len(header))
