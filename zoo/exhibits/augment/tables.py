"""A labelled table made larger: after each row, new rows with another text and otherwise the same cells."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Protocol, TypeVar

from zoo.core.files import check_output, partial_path, replacing
from zoo.core.inputs import as_path
from zoo.core.steps import Progress, Steps
from zoo.core.tables import TableFormat, TableWriter, added, check_table, check_table_output, column_of
from zoo.exhibits.augment.back_translation import ENGLISH, choose_language
from zoo.exhibits.augment.eda import augment, augment_row
from zoo.exhibits.augment.engines import RANDOM, make_engine
from zoo.exhibits.augment.knobs import AugmentTableKnobs, BackTranslationTableKnobs, ResumeKnobs
from zoo.exhibits.augment.results import AugmentedTable
from zoo.exhibits.augment.resuming import Resumed, fingerprint, resume_output

T = TypeVar("T")
EDA_BATCH = 50  # rows a step
POLL = 0.1  # seconds between two checks of a request over the network
ADDED_COLUMNS = ("operation", "source_row")

NumberedTexts = Sequence[tuple[int, str]]  # row numbers and texts
Versions = list[tuple[str, str]]  # new texts of a row, each with the operation that made it


class Augmenter(Protocol):
    """What makes new texts, ``batch_size`` rows at a time. ``restriction``: of the weights that it uses."""

    batch_size: int
    restriction: str

    def augment(self, rows: NumberedTexts) -> Generator[None, None, list[Versions]]:
        """The versions of each row; yields where other jobs may have their turn."""


def augment_table(
    table: "str | PathLike[str]", knobs: AugmentTableKnobs | None = None, *, target: Path
) -> Steps[AugmentedTable]:
    """Write the table with up to ``knobs.outputs`` new rows by EDA after each row; a job.

    The new rows of a row depend on its number and ``knobs.seed`` alone. Raises InputError as ``write_larger``, and
    when every operation is off.
    """
    knobs = knobs or AugmentTableKnobs()
    augment("two words", knobs)  # raises where every operation is off
    return (yield from write_larger(table, target, WordOperations(knobs), knobs))


def back_translate_table(
    table: "str | PathLike[str]", knobs: BackTranslationTableKnobs | None = None, *, target: Path
) -> Steps[AugmentedTable]:
    """Write the table with one new row by back-translation after each row; a job.

    Raises InputError as ``write_larger``, and for a language that the engine does not have; UnavailableError when the
    engine needs a network and there is none.
    """
    knobs = knobs or BackTranslationTableKnobs()
    return (yield from write_larger(table, target, BackTranslator(knobs), knobs))


def write_larger(
    table: "str | PathLike[str]", target: Path, augmenter: Augmenter, knobs: ResumeKnobs
) -> Steps[AugmentedTable]:
    """Write ``table`` to ``target`` as CSV with new rows after each row, and no text twice; progress counts rows.

    A row without a text is written as it is and gets no new ones.
    ``target`` appears once all rows are written; an interrupted run leaves its rows at ``partial_path(target)``, and
    with ``knobs.resume`` the next one goes on with them and writes the same table. Raises InputError for a file that is
    no table, a line that does not fit, a column that it lacks, or a target that is the table itself or cannot be
    written.
    """
    source, target = as_path(table), Path(target)
    check_table_output(target, source)
    check_output(partial_path(target), source)
    read = yield from check_table(source, knobs, knobs.column)
    column = column_of(read.format, knobs.column)
    names = added_columns(read.format)
    with replacing(target, keep_partial=True) as partial:
        resumed = resume_output(target, column, names[1]) if knobs.resume else Resumed()
        if not resumed.last:
            partial.unlink(missing_ok=True)
        count, written, skipped, empty, fingerprints = 0, resumed.rows, 0, 0, resumed.fingerprints

        def progress() -> Progress:
            return Progress(count, read.format.rows, f"{count:,} rows read, {written:,} written")

        with partial.open("a" if resumed.last else "w", newline="", encoding="utf-8") as out:
            columns = [*read.format.columns, *names]
            writer = TableWriter(out, columns, header=not resumed.last, safe=knobs.spreadsheet_safe)
            rows = enumerate(read.rows(), 1)
            count = sum(1 for _ in islice(rows, resumed.last))
            # The same batches as without an interruption: a random language is drawn for each.
            while batch := list(islice(rows, augmenter.batch_size - count % augmenter.batch_size)):
                steps = augmenter.augment([(number, row[column]) for number, row in batch])
                versions = yield from _with_progress(steps, progress)
                for (number, row), new in zip(batch, versions, strict=True):
                    count = number
                    if not row[column].strip():
                        empty, written = empty + 1, written + 1
                        writer.write(row | {names[0]: "original", names[1]: number})
                        continue
                    for text, operation in [(row[column], "original"), *new]:
                        if (digest := fingerprint(text)) in fingerprints:
                            skipped += 1
                            continue
                        fingerprints.add(digest)
                        written += 1
                        writer.write(row | {column: text, names[0]: operation, names[1]: number})
                out.flush()
                yield progress()
    return AugmentedTable(target, count, written, skipped, augmenter.restriction, read.format, writer.changed, empty)


def added_columns(table_format: TableFormat) -> tuple[str, str]:
    """Names of the two added columns that the table does not have yet."""
    operation, number = added(table_format.columns, ADDED_COLUMNS, "augment")
    return operation, number


def _with_progress(steps: Generator[None, None, T], progress: Callable[[], Progress]) -> Generator[Progress, None, T]:
    """The value of a generator, with a progress record each time that it yields."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            value: T = stop.value
            return value
        yield progress()


class WordOperations:
    """New rows by EDA."""

    batch_size, restriction = EDA_BATCH, ""

    def __init__(self, knobs: AugmentTableKnobs) -> None:
        self.knobs = knobs

    def augment(self, rows: NumberedTexts) -> Generator[None, None, list[Versions]]:
        yield from ()
        return [
            [(sentence.text, sentence.operation) for sentence in augment_row(text, self.knobs, number)]
            for number, text in rows
        ]


class BackTranslator:
    """One new row by back-translation; a text beyond the limit of the translators gets none."""

    def __init__(self, knobs: BackTranslationTableKnobs) -> None:
        self.knobs, self.engine = knobs, make_engine(knobs)
        self.batch_size = self.engine.batch_size
        languages = [*self.engine.languages] if knobs.language == RANDOM else [knobs.language]
        self.restriction = "; ".join(dict.fromkeys(map(self.engine.restriction, languages)))

    def augment(self, rows: NumberedTexts) -> Generator[None, None, list[Versions]]:
        from zoo.exhibits.translate import MAX_CHARACTERS

        language = choose_language(self.engine, self.knobs, draw=(rows[0][0] - 1) // self.batch_size)
        texts = [text if len(text) <= MAX_CHARACTERS else "" for _, text in rows]
        for source, target in ((ENGLISH, language), (language, ENGLISH)):
            if self.engine.remote:
                texts = yield from _in_thread(partial(self.engine.translate, texts, source, target))
            else:
                texts = self.engine.translate(texts, source, target)
                yield
        return [[(text, f"back-translation ({language})")] if text.strip() else [] for text in texts]


def _in_thread(call: Callable[[], T]) -> Generator[None, None, T]:
    """The value of a call in a thread of its own, so that the runtime's worker serves other jobs meanwhile."""
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(call)
        while not future.done():
            wait([future], timeout=POLL)
            yield
        return future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
