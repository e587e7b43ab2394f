"""Does it help? A small classifier, with and without augmentation, on more and more rows.

The experiment of Wei and Zou 2019 (arXiv:1901.11196, figure 1) with a classifier that learns in a second: logistic
regression on TF-IDF.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoo.core.errors import InputError
from zoo.core.jobs import Progress, Steps
from zoo.core.tables import column_of, read_rows, sniff_table
from zoo.exhibits.augment.eda import augment
from zoo.exhibits.augment.knobs import AugmentKnobs

SIZES = (20, 50, 100, 200, 500)  # beyond, a step would keep others waiting, and the gain is gone
CHUNK = 25  # rows augmented in a step
SEEDS = 5
READ, TESTED = 20_000, 2000  # rows kept in memory, and of those at most held out
LEAST = 60


@dataclass(frozen=True)
class Point:
    """Accuracy in [0, 1] on held-out rows after learning from ``rows``: mean and deviation over five draws."""

    rows: int
    augmented: bool
    accuracy: float
    deviation: float


def proof(source: Path, column: str, label: str, knobs: AugmentKnobs | None = None) -> Steps[tuple[Point, ...]]:
    """Accuracy against the number of rows, without and with ``knobs.outputs`` new sentences for each.

    A third of the rows, at most 2,000, is held out; the first 20,000 are used at all. Raises InputError when the table
    has fewer than 60 rows with text and label, or fewer than two labels.
    """
    knobs = knobs or AugmentKnobs()
    with source.open("rb") as file:
        form = sniff_table(file)
        column, label = column_of(form, column), column_of(form, label)
        rows = [
            (row[column], row[label])
            for row, _ in zip(read_rows(file, form), range(READ), strict=False)
            if row[column].strip() and row[label].strip()
        ]
    if len(rows) < LEAST or len({truth for _, truth in rows}) < 2:
        raise InputError(f"The proof needs {LEAST} rows or more, of two labels or more: choose another table.")
    random.Random(knobs.seed).shuffle(rows)
    held = rows[: min(TESTED, len(rows) // 3)]
    rest = rows[len(held) :]
    sizes = [size for size in SIZES if size <= len(rest)]
    total, done, points = len(sizes) * SEEDS * 2, 0, []
    for size in sizes:
        found: dict[bool, list[float]] = {False: [], True: []}
        for seed in range(SEEDS):
            drawn = random.Random(seed).sample(rest, size)
            for augmented, scores in found.items():
                learnt = list(drawn)
                for start in range(0, size if augmented else 0, CHUNK):
                    learnt += news(drawn[start : start + CHUNK], knobs, 1000 * seed + start)
                    yield Progress(done, total, f"{size} rows, draw {seed + 1} of {SEEDS}")
                scores.append(accuracy(learnt, held))
                done += 1
                yield Progress(done, total, f"{size} rows, draw {seed + 1} of {SEEDS}")
        points += [
            Point(size, augmented, float(np.mean(scores)), float(np.std(scores))) for augmented, scores in found.items()
        ]
    return tuple(points)


def news(rows: Sequence[tuple[str, str]], knobs: AugmentKnobs, seed: int) -> list[tuple[str, str]]:
    """What augmentation makes of each row, with the row's label."""
    result = []
    for place, (text, truth) in enumerate(rows):
        own = knobs.model_copy(update={"seed": seed + place})
        result += [(new.text, truth) for new in augment(text[:2000], own)]
    return result


def accuracy(rows: Sequence[tuple[str, str]], held: Sequence[tuple[str, str]]) -> float:
    """The share of held-out rows that a classifier learnt from ``rows`` gets right."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, truths = zip(*rows, strict=True)
    if len(set(truths)) == 1:
        said = np.full(len(held), truths[0])
    else:
        classifier = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10))
        said = classifier.fit(texts, truths).predict([text for text, _ in held])
    return float(np.mean(said == np.array([truth for _, truth in held])))
