"""The sentiment of every row of a table, however long, with constant memory."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.jobs import Progress, Steps
from zoo.core.tables import TableWriter, column_of, read_rows, sniff_table
from zoo.exhibits.sentiment.labels import THREE, TWO, label_of
from zoo.exhibits.sentiment.predict import probabilities, sentiment_card

CHUNK = 96  # rows a step: under 200 ms at 1,000 tweets a second
KEPT = 100  # rows shown of each kind
ADDED = ("sentiment", "confidence", "polarity")


@dataclass
class TableResult:
    """What was found in ``rows`` rows; the table itself, with three columns more, lies at ``path``.

    ``counts`` by label. ``polarities``: histogram over [-1, 1] in 20 bins. ``uncertain``: the rows whose best label is
    least sure. With a label column, ``confusion`` counts (true, said) pairs; ``mistakes`` are the surest wrong rows.
    """

    path: Path
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    polarities: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(20, np.int64))
    uncertain: list[dict[str, Any]] = field(default_factory=list)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[dict[str, Any]] = field(default_factory=list)


def annotate(
    source: Path, target: Path, column: str, model: str, *, label: str | None = None, neutral: bool = True
) -> Steps[TableResult]:
    """Write the CSV file ``source`` with sentiment, confidence and polarity of ``column`` to ``target``.

    A job: each step reads up to 96 rows, and progress counts bytes. ``label`` names a column that holds the truth.
    Raises InputError for a file that is no table, a column that it lacks, or a model that is not one of sentiment.
    """
    sentiment_card(model)
    result = TableResult(target)
    lowest: list[tuple[float, int, dict[str, Any]]] = []
    wrong: list[tuple[float, int, dict[str, Any]]] = []
    with source.open("rb") as file, target.open("w", newline="", encoding="utf-8") as out:
        form = sniff_table(file)
        column, label = column_of(form, column), column_of(form, label) if label else None
        total = source.stat().st_size
        writer = TableWriter(out, [*form.columns, *unused(form.columns)])
        rows = read_rows(file, form)
        while chunk := list(islice(rows, CHUNK)):
            scores = probabilities(model, [row[column] for row in chunk], neutral)
            for row, odds in zip(chunk, scores, strict=True):
                found = _found(odds.tolist(), TWO if scores.shape[1] == len(TWO) else THREE)
                _count(result, found, row, label_of(row[label], label) if label else None, lowest, wrong)
                writer.write(row | dict(zip(unused(form.columns), found, strict=True)))
            yield Progress(min(file.tell(), total), total, f"{result.rows:,} rows")
    result.uncertain = [row for _, _, row in sorted(lowest, key=lambda entry: -entry[0])]
    result.mistakes = [row for _, _, row in sorted(wrong, key=lambda entry: -entry[0])]
    return result


def unused(columns: tuple[str, ...]) -> list[str]:
    """Names for the added columns that the table does not have yet."""
    return [name if name not in columns else f"{name} (model)" for name in ADDED]


def _found(odds: list[float], labels: tuple[str, ...]) -> tuple[str, float, float]:
    best = int(np.argmax(odds))
    return labels[best], odds[best], odds[-1] - odds[0]


def _count(
    result: TableResult,
    found: tuple[str, float, float],
    row: dict[str, str],
    truth: str | None,
    lowest: list[tuple[float, int, dict[str, Any]]],
    wrong: list[tuple[float, int, dict[str, Any]]],
) -> None:
    said, confidence, polarity = found
    result.rows += 1
    result.counts[said] += 1
    result.polarities[min(19, int((polarity + 1) * 10))] += 1
    shown = row | dict(zip(ADDED, found, strict=True))
    _keep(lowest, -confidence, result.rows, shown)
    if truth is not None:
        result.confusion[truth, said] += 1
        if truth != said:
            _keep(wrong, confidence, result.rows, shown)


def _keep(heap: list[tuple[float, int, dict[str, Any]]], value: float, number: int, row: dict[str, Any]) -> None:
    """Keep the rows of the greatest values."""
    (heapq.heappush if len(heap) < KEPT else heapq.heappushpop)(heap, (value, number, row))
