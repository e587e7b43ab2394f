"""Accuracy and macro-recall of a model on labelled tweets."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback
from zoo.exhibits.sentiment.labels import THREE, TWO, label_of
from zoo.exhibits.sentiment.predict import probabilities

CHUNK = 512


@dataclass(frozen=True)
class Evaluation:
    """Fractions over ``n`` tweets; ``ci95``: Wilson's interval of the accuracy; ``macro_recall``: over the classes
    that occur."""

    model: str
    accuracy: float
    ci95: tuple[float, float]
    macro_recall: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None, *, binary: bool = False) -> Evaluation:
    """Measure on a CSV or parquet file with ``text`` and ``target`` (0, 2, 4) or ``label`` (0, 1, 2 or names).

    ``binary`` drops neutral tweets and asks the head of two classes. Raises InputError when the file cannot be read,
    lacks a column, holds an unknown label or no row to measure on.
    """
    texts, truths = labelled_texts(path)
    if binary:
        chosen = [place for place, truth in enumerate(truths) if truth != "neutral"]
        texts, truths = [texts[place] for place in chosen], [truths[place] for place in chosen]
    if not texts:
        raise InputError(f"No row of {path.name} can be measured on: it has none, or only neutral ones.")
    names = TWO if binary else THREE
    target = np.array([names.index(truth) for truth in truths])
    said = np.empty(len(texts), np.int64)
    for start in range(0, len(texts), CHUNK):
        part = slice(start, start + CHUNK)
        said[part] = probabilities(model, texts[part], neutral=not binary).argmax(1)
        if watch:
            watch(min(start + CHUNK, len(texts)), len(texts))
    right = said == target
    recalls = [float(right[target == label].mean()) for label in np.unique(target)]
    accuracy = float(right.mean())
    return Evaluation(model, accuracy, wilson(right), float(np.mean(recalls)), len(texts))


def wilson(right: NDArray[np.bool_], z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    n, p = len(right), float(right.mean())
    centre, spread = p + z * z / (2 * n), z * ((p * (1 - p) + z * z / (4 * n)) / n) ** 0.5
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def labelled_texts(path: Path) -> tuple[list[str], list[str]]:
    """Texts and the names of their labels."""
    if not path.is_file():
        raise InputError(f"There is no file at {path}: give a CSV or a parquet file.")
    with path.open("rb") as file:
        read = _parquet if file.read(4) == b"PAR1" else _csv
    columns, rows = read(path)
    column = next((name for name in ("target", "label") if name in columns), None)
    if "text" not in columns or column is None:
        raise InputError(f"{path.name} needs the columns text, and target or label; it has {', '.join(columns)}.")
    texts, truths = [], []
    for number, row in enumerate(rows, 1):
        label = label_of(row[column], column)
        if label not in THREE:
            known = "0, 2, 4" if column == "target" else "0, 1, 2"
            raise InputError(f"{path.name}, row {number}: {column} is {row[column]!r}, not {known} nor a name.")
        texts.append(str(row["text"] or ""))
        truths.append(label)
    return texts, truths


def _csv(path: Path) -> tuple[list[str], Iterable[dict[str, Any]]]:
    from zoo.core.tables import read_rows, sniff_table

    with path.open("rb") as file:
        form = sniff_table(file)
        return list(form.columns), list(read_rows(file, form))


def _parquet(path: Path) -> tuple[list[str], Iterable[dict[str, Any]]]:
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as error:
        raise InputError(f"{path.name} is neither a CSV nor a whole parquet file.") from error
    return table.column_names, table.to_pylist()
