"""Labelled texts of a table: which columns, which rows, and what was left out, in sentences."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import InputError
from zoo.core.steps import PAUSE, Steps
from zoo.core.tables import Table, TableFormat, check_table, column_of, guess_text_column
from zoo.exhibits.train.addition import folder_label
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

MAX_TEXTS, MAX_CHARACTERS, MAX_CLASSES = 20_000, 10_000, 100
GUESSED_ROWS = 500  # that a label column is guessed from
LABEL_NAME = re.compile(
    r"labels?|target|class(es)?|category|(\w+_)?sentiment|polarity|truth|intent|topic", re.IGNORECASE
)
PAUSE_EVERY = 2000  # rows


@dataclass(frozen=True)
class LabelledTexts:
    """Texts in the order of their rows. ``ids``: numbers of the rows, from 1 on. ``notes``: what was left out."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels, sorted."""
        return tuple(sorted(set(self.labels)))

    def targets(self) -> NDArray[np.int64]:
        """(N,) class indices."""
        index = {label: number for number, label in enumerate(self.classes)}
        return np.array([index[label] for label in self.labels], np.int64)


@dataclass(frozen=True)
class Columns:
    """The names of the columns with texts and labels."""

    text: str
    label: str


def choose_columns(table_format: TableFormat, rows: Sequence[Mapping[str, str]], knobs: TrainTextsKnobs) -> Columns:
    """Those that are named, else guessed from some rows. Raises InputError where there is none."""
    text = column_of(table_format, knobs.column) if knobs.column else guess_text_column(table_format, rows)
    label = (
        column_of(table_format, knobs.label) if knobs.label else guess_label_column(table_format.columns, rows, text)
    )
    if text == label:
        raise InputError(f"The column {text} cannot be both the texts and the labels: choose another.")
    return Columns(text, label)


def guess_label_column(columns: Sequence[str], rows: Sequence[Mapping[str, str]], text: str) -> str:
    """The column named like a label, or else the one with the fewest different values, two of which occur again.

    Raises InputError where no column has values that repeat.
    """
    others = [column for column in columns if column != text]
    values = {column: Counter(row[column].strip() for row in rows if row[column].strip()) for column in others}
    fitting = [column for column in others if sum(count > 1 for count in values[column].values()) > 1]
    named = [column for column in others if LABEL_NAME.fullmatch(column)]
    for column in (*(column for column in named if column in fitting), *named):
        return column
    if not fitting:
        raise InputError("No column has labels that repeat: name the column with the label of each text.")
    return min(fitting, key=lambda column: len(values[column]))


def first_rows(table: Table) -> list[dict[str, str]]:
    """Those that columns are guessed from."""
    return list(islice(table.rows(), GUESSED_ROWS))


def read_labelled(path: Path, knobs: TrainTextsKnobs) -> Steps[LabelledTexts]:
    """The rows that have a text and a label. Raises InputError, TooLargeError for what cannot be read."""
    table = yield from check_table(path, knobs, knobs.column)
    columns = choose_columns(table.format, first_rows(table), knobs)
    return (yield from labelled_rows(table, columns))


def labelled_rows(table: Table, columns: Columns) -> Steps[LabelledTexts]:
    """The same of a table that was checked."""
    reader = RowReader()
    for number, row in enumerate(islice(table.rows(), MAX_TEXTS), 1):
        reader.add(number, row[columns.text], row[columns.label])
        if number % PAUSE_EVERY == 0:
            yield PAUSE
    notes = [*table.format.notes, f"Texts from {columns.text!r}, labels from {columns.label!r}."]
    if table.format.rows > MAX_TEXTS:
        notes.append(f"Only the first {MAX_TEXTS:,} of {table.format.rows:,} rows are used.")
    return reader.result(columns.label, notes)


class RowReader:
    """Collects rows, and counts what is left out."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.labels: list[str] = []
        self.left_out = self.shortened = 0

    def add(self, number: int, text: str, label: str) -> None:
        label = folder_label(label)
        if not text.strip() or not label:
            self.left_out += 1
            return
        self.shortened += len(text) > MAX_CHARACTERS
        self.ids.append(str(number))
        self.texts.append(text[:MAX_CHARACTERS].encode("utf-8", "replace").decode())
        self.labels.append(label)

    def result(self, column: str, notes: Iterable[str]) -> LabelledTexts:
        """Raises InputError where there are too few or too many classes."""
        counts = Counter(self.labels)
        if len(counts) > MAX_CLASSES:
            raise InputError(
                f"The column {column} has {len(counts):,} different values, and {MAX_CLASSES} classes are the most: "
                "choose the column with the class of each text."
            )
        if len(counts) < 2:
            raise InputError(f"The column {column} has {len(counts)} labels: a classifier needs two classes or more.")
        notes = list(notes)
        if self.left_out:
            notes.append(f"Rows without a text or a label, which are left out: {self.left_out:,}.")
        if self.shortened:
            notes.append(f"Texts of which only the first {MAX_CHARACTERS:,} characters are used: {self.shortened:,}.")
        return LabelledTexts(tuple(self.ids), tuple(self.texts), tuple(self.labels), tuple(notes))


def normalised(text: str) -> str:
    """What is the same for texts that differ in case, blanks and forms of characters alone."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_texts(rows: LabelledTexts) -> tuple[tuple[str, ...], ...]:
    """Groups of ids of the same text."""
    groups: dict[str, list[str]] = {}
    for id, text in zip(rows.ids, rows.texts, strict=True):
        groups.setdefault(normalised(text), []).append(id)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
