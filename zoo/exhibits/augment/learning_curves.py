"""A learning curve: held-out accuracy against the number of training rows, without and with augmentation.

The experiment of Wei and Zou 2019 (arXiv:1901.11196, figure 1) with a classifier that trains in a second: logistic
regression on TF-IDF of words and bigrams.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from os import PathLike
from pathlib import Path

import numpy as np

from zoo.core.errors import InputError
from zoo.core.inputs import as_path
from zoo.core.steps import Progress, Steps
from zoo.core.tables import TableFormat, check_table, column_of
from zoo.exhibits.augment.eda import augment_row
from zoo.exhibits.augment.knobs import AugmentKnobs, LearningCurveKnobs
from zoo.exhibits.augment.results import LearningCurve, LearningCurvePoint

SIZES = (20, 50, 100, 200, 500)  # beyond, a step would keep other jobs waiting, and augmentation gains nothing
AUGMENTED_A_STEP = 25  # rows
DRAWS = 5
MAX_READ, MAX_HELD_OUT, MIN_ROWS = 20_000, 2000, 60
MAX_CHARACTERS = 2000  # of a row that are augmented

LabelledTexts = list[tuple[str, str]]


def learning_curve(table: "str | PathLike[str]", knobs: LearningCurveKnobs | None = None) -> Steps[LearningCurve]:
    """Accuracy against the number of rows, without and with ``knobs.outputs`` new sentences for each; a job.

    A third of the rows, at most 2,000, is held out; the first 20,000 rows are read. Raises InputError when the table
    has fewer than 60 rows with text and label, or fewer than two labels.
    """
    knobs = knobs or LearningCurveKnobs()
    rows, read_as = yield from read_labelled(as_path(table), knobs)
    random.Random(knobs.seed).shuffle(rows)
    held_out = rows[: min(MAX_HELD_OUT, len(rows) // 3)]
    train = rows[len(held_out) :]
    sizes = [size for size in SIZES if size <= len(train)]
    total, done, points = len(sizes) * DRAWS * 2, 0, []
    for size in sizes:
        accuracies: dict[bool, list[float]] = {False: [], True: []}
        for draw in range(DRAWS):
            sample = random.Random(draw).sample(train, size)
            message = f"{size} rows, draw {draw + 1} of {DRAWS}"
            for augmented, values in accuracies.items():
                training_rows = list(sample)
                for start in range(0, size if augmented else 0, AUGMENTED_A_STEP):
                    training_rows += versions(sample[start : start + AUGMENTED_A_STEP], knobs, 1000 * draw + start)
                    yield Progress(done, total, message)
                values.append(accuracy(training_rows, held_out))
                done += 1
                yield Progress(done, total, message)
        points += [
            LearningCurvePoint(size, augmented, float(np.mean(values)), float(np.std(values)))
            for augmented, values in accuracies.items()
        ]
    return LearningCurve(len(held_out), tuple(points), read_as)


def read_labelled(source: Path, knobs: LearningCurveKnobs) -> Steps[tuple[LabelledTexts, TableFormat]]:
    """The rows that have a text and a label, and how they were read. Raises InputError where they are too few."""
    table = yield from check_table(source, knobs, knobs.column)
    column, label = column_of(table.format, knobs.column), column_of(table.format, knobs.label)
    pairs = [(row[column], row[label]) for row in islice(table.rows(), MAX_READ)]
    rows = [(text, label) for text, label in pairs if text.strip() and label.strip()]
    if len(rows) < MIN_ROWS or len({label for _, label in rows}) < 2:
        raise InputError(
            f"A learning curve needs {MIN_ROWS} rows or more, of two labels or more: choose another table."
        )
    notes = list(table.format.notes)
    if len(pairs) < table.format.rows:
        notes.append(f"Only the first {len(pairs):,} rows were used.")
    if len(rows) < len(pairs):
        notes.append(f"Rows without a text or a label were left out: {len(pairs) - len(rows):,}.")
    return rows, replace(table.format, notes=tuple(notes))


def versions(rows: LabelledTexts, knobs: AugmentKnobs, offset: int) -> LabelledTexts:
    """The new sentences of each row, with the row's label."""
    return [
        (sentence.text, label)
        for index, (text, label) in enumerate(rows)
        for sentence in augment_row(text[:MAX_CHARACTERS], knobs, offset + index)
    ]


def accuracy(training_rows: LabelledTexts, held_out: Sequence[tuple[str, str]]) -> float:
    """The accuracy on held-out rows of a classifier trained on ``training_rows``."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, labels = zip(*training_rows, strict=True)
    if len(set(labels)) == 1:
        predictions = np.full(len(held_out), labels[0])
    else:
        classifier = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10))
        predictions = classifier.fit(texts, labels).predict([text for text, _ in held_out])
    return float(np.mean(predictions == np.array([label for _, label in held_out])))
