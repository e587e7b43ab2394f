"""The trainings of a dataset, kept beside its pictures: what a page draws again after a reload.

A training that is told to stop keeps its best model; it is kept here as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from zoo.core.errors import NotFoundError
from zoo.core.steps import Steps, mapped
from zoo.core.storage import storing
from zoo.exhibits.train.dataset_records import write_whole
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.results import Training

FOLDER = "trainings"
KEPT = 6  # of a dataset, the newest ones


@dataclass(frozen=True)
class Recorded:
    """A training of a dataset. ``number`` counts from 1; ``fingerprint``: of the dataset as it was trained on."""

    number: int
    fingerprint: str
    training: Training


_ADAPTER = TypeAdapter(Recorded)


def numbers(dataset: Dataset) -> tuple[int, ...]:
    """Those of the trainings that are kept, the oldest first."""
    return tuple(sorted(int(file.stem) for file in (dataset.folder / FOLDER).glob("[0-9]*.json")))


def read(dataset: Dataset, number: int) -> Recorded:
    """Raises NotFoundError for one that is not kept, or that another version wrote."""
    try:
        return _ADAPTER.validate_json(_file(dataset, number).read_bytes())
    except (OSError, ValueError) as error:
        raise NotFoundError("This training is no longer kept: train again.") from error


def recording(dataset: Dataset, steps: Callable[[], Steps[Training]]) -> Steps[Training]:
    """The same steps; their result is kept, also that of steps which are closed early and return one."""
    return mapped(steps(), partial(record, dataset, dataset.fingerprint))


def record(dataset: Dataset, fingerprint: str, training: Training) -> Training:
    """Keep a training, and no more than ``KEPT`` of them. Raises StorageError, UnavailableError."""
    kept = numbers(dataset)
    number = max(kept, default=0) + 1
    with storing("The training"):
        (dataset.folder / FOLDER).mkdir(exist_ok=True)
        write_whole(_file(dataset, number), _ADAPTER.dump_json(Recorded(number, fingerprint, training)))
        for old in kept[: max(0, len(kept) + 1 - KEPT)]:
            _file(dataset, old).unlink(missing_ok=True)
    return training


def _file(dataset: Dataset, number: int) -> Path:
    return dataset.folder / FOLDER / f"{number}.json"
