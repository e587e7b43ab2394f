"""Accuracy and macro-averaged recall of a model on labelled texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback
from zoo.core.tables import READ_AS, TableFormat, TableFormatKnobs, read_table
from zoo.exhibits.sentiment.labels import LABELS, NEUTRAL, label_of
from zoo.exhibits.sentiment.predict import probabilities, sentiment_card
from zoo.exhibits.sentiment.text_classifiers import has_polarity, labels_of_model

CHUNK_ROWS = 512
TEXT = "text"


@dataclass(frozen=True)
class Evaluation:
    """Fractions over ``n`` texts.

    ``ci95``: the Wilson interval of the accuracy. ``macro_recall``: the mean recall over the classes that occur.
    ``table``: how the file was read, in words.
    """

    model: str
    accuracy: float
    ci95: tuple[float, float]
    macro_recall: float
    n: int
    table: str


def evaluate(
    path: Path,
    model: str,
    watch: ProgressCallback | None = None,
    *,
    binary: bool = False,
    table: TableFormatKnobs = READ_AS,
) -> Evaluation:
    """Measure on a table with ``text`` and ``target`` (0, 2, 4) or ``label`` (0, 1, 2 or names).

    Of a user model of other classes, a table with ``text`` and ``target`` or ``label``, in which they are named.
    ``binary`` drops neutral rows and uses the probabilities of two classes. ``table``: how the file is read. Raises
    InputError when the file cannot be read, lacks a column, contains an unknown label or has no row to measure on.
    """
    card = sentiment_card(model)
    own = None if has_polarity(card) else labels_of_model(card, True)
    texts, truths, table_format = labelled_texts(path, table, own)
    if binary:
        polar = [index for index, truth in enumerate(truths) if truth != NEUTRAL]
        texts, truths = [texts[index] for index in polar], [truths[index] for index in polar]
    if not texts:
        raise InputError(f"{path.name} has no row to measure on: it is empty, or all its rows are neutral.")
    labels = labels_of_model(card, not binary)
    targets = _targets(truths, labels)
    predicted = np.empty(len(texts), np.int64)
    for start in range(0, len(texts), CHUNK_ROWS):
        chunk = slice(start, start + CHUNK_ROWS)
        predicted[chunk] = probabilities(model, texts[chunk], neutral=not binary).argmax(1)
        if watch:
            watch(min(start + CHUNK_ROWS, len(texts)), len(texts))
    correct = predicted == targets
    recalls = [float(correct[targets == target].mean()) for target in np.unique(targets)]
    accuracy = float(correct.mean())
    described = " ".join((table_format.sentence, *table_format.notes))
    return Evaluation(model, accuracy, wilson_interval(correct), float(np.mean(recalls)), len(texts), described)


def wilson_interval(correct: NDArray[np.bool_], z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    n, p = len(correct), float(correct.mean())
    centre, spread = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def _targets(truths: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """(N,) the class of each label; -1, which is never predicted, for one that the model lacks."""
    index = {label: number for number, label in enumerate(labels)}
    index |= {label.lower(): number for label, number in index.items() if label.lower() in LABELS}
    return np.array([index.get(truth, -1) for truth in truths])


def labelled_texts(
    path: Path, knobs: TableFormatKnobs, own: Sequence[str] | None = None
) -> tuple[list[str], list[str], TableFormat]:
    """The texts of a file, their labels, and how it was read; ``own``: the labels, where they are no sentiments.

    Raises InputError.
    """
    if not path.is_file():
        raise InputError(f"There is no file at {path}: give a table, such as a CSV or a parquet file.")
    table = read_table(path, knobs, TEXT)
    columns = table.format.columns
    column = next((name for name in ("target", "label") if name in columns), None)
    if TEXT not in columns or column is None:
        raise InputError(f"{path.name} needs the columns text, and target or label; it has {', '.join(columns)}.")
    texts, truths = [], []
    for number, row in enumerate(table.rows(), 1):
        label = label_of(row[column], column) if own is None else row[column].strip()
        if label not in (LABELS if own is None else own):
            known = ("0, 2, 4" if column == "target" else "0, 1, 2") if own is None else ", ".join(own[:9])
            raise InputError(f"{path.name}, row {number}: {column} is {row[column]!r}, not {known} nor a name.")
        texts.append(row[TEXT])
        truths.append(label)
    return texts, truths, table.format
