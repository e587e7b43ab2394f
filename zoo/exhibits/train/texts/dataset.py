"""A visitor's labelled table on disk, with the marks that the visitor sets on its rows.

It is a ``Dataset`` whose items are rows: same folders, expiry, journal and lock. Beside the records lie the whole table
and the texts that are trained on.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from zoo.core.errors import NotFoundError
from zoo.core.files import replacing
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.core.storage import storing
from zoo.core.tables import Table, TableWriter, check_table
from zoo.core.user_models import LOCAL_OWNER
from zoo.exhibits.train.addition import BYTES_FILE
from zoo.exhibits.train.dataset_quotas import FOLDERS, check_quota
from zoo.exhibits.train.dataset_records import NOT_KEPT, Item, Records, write_whole
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs
from zoo.exhibits.train.texts.rows import (
    LabelledTexts,
    choose_columns,
    first_rows,
    labelled_rows,
    normalised,
)

TABLE, TEXTS, ABOUT = "table.csv", "texts.json", "about.json"
ROWS_A_STEP = 2000


@dataclass(frozen=True)
class About:
    """What is known of a table: its columns, the two that are used, and notes on what is left out."""

    columns: tuple[str, ...]
    text: str
    label: str
    notes: tuple[str, ...]


class TextDataset(Dataset):
    """Rows with labels. Their ids are the numbers of the rows, from 1 on."""

    @classmethod
    def bring(cls, path: Path, knobs: TrainTextsKnobs | None = None, owner: str = LOCAL_OWNER) -> Steps["TextDataset"]:
        """Keep a table; a job, all or nothing.

        Raises InputError for a file that is no table, columns without texts or labels, or an owner who has too many
        datasets; BusyError where the directory is full, StorageError and UnavailableError where the disk refuses.
        """
        knobs = knobs or TrainTextsKnobs()
        check_quota(owner)
        table = yield from check_table(path, knobs, knobs.column)
        columns = choose_columns(table.format, first_rows(table), knobs)
        rows = yield from labelled_rows(table, columns)
        partial, folder = FOLDERS.new()
        try:
            with storing("The table"):
                partial.mkdir(parents=True)
                yield from _copied(table, partial / TABLE)
                _write(partial, rows, About(table.format.columns, columns.text, columns.label, rows.notes))
                FOLDERS.stamp(partial, owner)
                partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls(folder)

    @classmethod
    def open(cls, token: str) -> "TextDataset":
        """The one with this secret name. Raises NotFoundError, also for a dataset of pictures."""
        dataset = super().open(token)
        if not (dataset.folder / ABOUT).exists():
            raise NotFoundError(NOT_KEPT)
        return cls(dataset.folder)

    @property
    def about(self) -> About:
        """Raises NotFoundError once it has expired."""
        values = self._json(ABOUT)
        return About(tuple(values["columns"]), values["text"], values["label"], tuple(values["notes"]))

    @property
    def texts(self) -> dict[str, str]:
        """The texts by id. Raises NotFoundError once it has expired."""
        return dict(self._json(TEXTS))

    def _json(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except OSError as error:
            raise NotFoundError(NOT_KEPT) from error

    def labelled(self) -> LabelledTexts:
        """What is trained on: the rows that are not dropped, with their labels now."""
        texts = self.texts
        kept = [item for item in self.items if not item.dropped]
        return LabelledTexts(
            tuple(item.id for item in kept),
            tuple(texts[item.id] for item in kept),
            tuple(item.label for item in kept),
            self.about.notes,
        )

    def write_table(self, target: Path, *, safe: bool = True) -> int:
        """Write the cleaned table as CSV, without dropped rows and with corrected labels; its number of rows.

        Rows that were not used, without a text or a label, are written as they are. ``safe``: see ``TableWriter``.
        """
        about, items, written = self.about, {item.id: item for item in self.items}, 0
        with replacing(target) as partial, partial.open("w", newline="", encoding="utf-8") as out:
            writer = TableWriter(out, about.columns, safe=safe)
            for number, row in enumerate(self._rows(about.columns), 1):
                item = items.get(str(number))
                if item is not None and item.dropped:
                    continue
                if item is not None and item.label != item.brought:
                    row[about.label] = item.label
                writer.write(row)
                written += 1
        return written

    def _rows(self, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
        with (self.folder / TABLE).open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            next(reader, None)
            for cells in reader:
                yield dict(zip(columns, cells, strict=True))


def _copied(table: Table, target: Path) -> Steps[None]:
    """All rows as CSV, cells as they are."""
    with target.open("w", newline="", encoding="utf-8", errors="replace") as out:
        writer = TableWriter(out, table.format.columns, safe=False)
        for number, row in enumerate(table.rows(), 1):
            writer.write(row)
            if number % ROWS_A_STEP == 0:
                yield Progress(number, table.format.rows, f"{number:,} rows")
    yield PAUSE


def _write(folder: Path, rows: LabelledTexts, about: About) -> None:
    """The texts, what is known of the table, and an item a row."""
    write_whole(folder / TEXTS, json.dumps(dict(zip(rows.ids, rows.texts, strict=True))).encode())
    write_whole(folder / ABOUT, json.dumps(vars(about)).encode())
    records = Records(folder)
    records.make()
    labelled = zip(rows.ids, rows.texts, rows.labels, strict=True)
    items = (
        Item(id, f"row {id}", label, label, False, False, sha256(normalised(text).encode()).hexdigest()[:16])
        for id, text, label in labelled
    )
    records.add(items, (), ())
    size = sum(file.stat().st_size for file in folder.iterdir())
    write_whole(folder / BYTES_FILE, str(size).encode())
