"""The sentiment of every row of a table, of any length, in constant memory."""

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path

from zoo.core.cards import Card
from zoo.core.files import replacing
from zoo.core.inputs import as_path
from zoo.core.steps import Progress, Steps
from zoo.core.tables import TableFormat, TableWriter, added, check_table, check_table_output, column_of
from zoo.core.user_models import SOURCE
from zoo.exhibits.sentiment.knobs import TableKnobs
from zoo.exhibits.sentiment.labels import LABELS, class_of, read_label_map
from zoo.exhibits.sentiment.predict import polarities_of, predict_windows, sentiment_card
from zoo.exhibits.sentiment.results import AnnotatedRow, AnnotatedTable
from zoo.exhibits.sentiment.text_classifiers import labels_of_model

CHUNK_ROWS = 96  # rows a step: under 200 ms at 1,000 tweets a second
MAX_LISTED = 100  # rows listed as uncertain, and as mistakes
BINS = 20
OTHER_LABELS = "(others)"  # unknown ones beyond the listed: a column of numbers has as many as rows
ADDED_COLUMNS = ("sentiment", "confidence", "polarity")


def annotate_table(
    table: "str | PathLike[str]", knobs: TableKnobs | None = None, *, target: Path
) -> Steps[AnnotatedTable]:
    """Write ``table`` with sentiment, confidence and polarity of ``knobs.column`` to ``target``, as CSV; a job.

    All rows are checked first. Then each step reads up to 96 of them, and progress counts rows. A row without a text
    gets empty cells. ``target`` appears once all are written. Raises InputError for a file that is not a table, a line
    that does not fit, a column that it lacks, a label map that is not understood, a target that is the table itself or
    cannot be written, or a model of another exhibit.
    """
    knobs, source, target = knobs or TableKnobs(), as_path(table), Path(target)
    check_table_output(target, source)
    card = sentiment_card(knobs.model)
    labels = labels_of_model(card, knobs.neutral)
    known = labels if card.source == SOURCE else LABELS
    mapped, statistics = read_label_map(knobs.label_map, known), _Statistics(known)
    table_read = yield from check_table(source, knobs, knobs.column)
    read_as = table_read.format
    column = column_of(read_as, knobs.column)
    label_column = column_of(read_as, knobs.label) if knobs.label else ""
    names = added_columns(read_as.columns)
    rows = table_read.rows()
    with replacing(target) as partial, partial.open("w", newline="", encoding="utf-8") as out:
        writer = TableWriter(out, [*read_as.columns, *names], safe=knobs.spreadsheet_safe)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            texts = [row[column] for row in chunk if row[column].strip()]
            predicted = predict_windows(card.name, texts, knobs.neutral)
            statistics.in_windows += sum(count > 1 for count in predicted.windows)
            results = zip(predicted.rows, polarities_of(card, predicted.rows), strict=True)
            for cells in chunk:
                if not cells[column].strip():
                    statistics.empty += 1
                    writer.write(cells | dict.fromkeys(names, ""))
                    continue
                score, value = next(results)
                row = AnnotatedRow(cells, labels[int(score.argmax())], float(score.max()), value)
                statistics.add(row)
                if label_column:
                    written = cells[label_column].strip()
                    truth = mapped.get(written.lower()) or class_of(written, label_column, known)
                    statistics.compare(row, truth, written)
                values = (row.label, row.probability, "" if value is None else value)
                writer.write(cells | dict(zip(names, values, strict=True)))
            done = statistics.rows + statistics.empty
            yield Progress(done, read_as.rows, f"{done:,} rows")
    return statistics.result(target, card, read_as, writer.changed)


def added_columns(columns: Sequence[str]) -> list[str]:
    """Names of the added columns that the table does not have yet."""
    return added(columns, ADDED_COLUMNS, "model")


@dataclass
class _Top:
    """The ``MAX_LISTED`` rows of the highest priority."""

    heap: list[tuple[float, int, AnnotatedRow]] = field(default_factory=list)

    def add(self, priority: float, number: int, row: AnnotatedRow) -> None:
        push = heapq.heappush if len(self.heap) < MAX_LISTED else heapq.heappushpop
        push(self.heap, (priority, number, row))

    def rows(self) -> tuple[AnnotatedRow, ...]:
        """The highest priority first."""
        return tuple(row for _, _, row in sorted(self.heap, key=lambda entry: -entry[0]))


@dataclass
class _Statistics:
    """Counts over the rows so far; memory does not grow with their number."""

    known: Sequence[str]  # labels that are compared
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    histogram: list[int] = field(default_factory=lambda: [0] * BINS)
    uncertain: _Top = field(default_factory=_Top)
    confusion: dict[str, Counter[str]] = field(default_factory=dict)
    mistakes: _Top = field(default_factory=_Top)
    in_windows: int = 0
    empty: int = 0
    unlabelled: int = 0
    unknown_labels: Counter[str] = field(default_factory=Counter)

    def add(self, row: AnnotatedRow) -> None:
        self.rows += 1
        self.counts[row.label] += 1
        if row.polarity is not None:
            self.histogram[min(BINS - 1, int((row.polarity + 1) * BINS / 2))] += 1
        self.uncertain.add(-row.probability, self.rows, row)

    def compare(self, row: AnnotatedRow, truth: str, written: str) -> None:
        """With the true class; ``written``: the label in the table, where it stands for none."""
        if not written:
            self.unlabelled += 1
            return
        if truth not in self.known:
            if written in self.unknown_labels or len(self.unknown_labels) < MAX_LISTED:
                self.unknown_labels[written] += 1
            else:
                self.unknown_labels[OTHER_LABELS] += 1
            return
        self.confusion.setdefault(truth, Counter())[row.label] += 1
        if truth != row.label:
            self.mistakes.add(row.probability, self.rows, row)

    def result(self, path: Path, card: Card, read_as: TableFormat, apostrophes: int) -> AnnotatedTable:
        return AnnotatedTable(
            path=path,
            model=card.name,
            restriction=card.restriction,
            rows=self.rows + self.empty,
            counts=dict(self.counts),
            histogram=tuple(self.histogram),
            uncertain=self.uncertain.rows(),
            confusion={truth: dict(counts) for truth, counts in self.confusion.items()},
            mistakes=self.mistakes.rows(),
            in_windows=self.in_windows,
            empty=self.empty,
            unlabelled=self.unlabelled,
            unknown_labels=dict(self.unknown_labels.most_common()),
            read_as=read_as,
            apostrophes=apostrophes,
        )
