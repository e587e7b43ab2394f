"""How many pictures a visitor may keep, and disks that refuse."""

import errno
import os
from pathlib import Path

import pytest

from tests.exhibits.train_pictures.samples import added
from zoo.core import visitor_folders
from zoo.core.errors import BusyError, InputError, StorageError, TooLargeError, UnavailableError
from zoo.exhibits.train import addition, dataset_quotas
from zoo.exhibits.train.datasets import Dataset


def test_limits_of_a_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.create("one")
    added(dataset)
    monkeypatch.setattr(addition, "MAX_PICTURES", 4)
    with pytest.raises(TooLargeError, match="4 pictures at most"):
        added(dataset, numbers=range(10, 12))
    monkeypatch.setattr(addition, "MAX_BYTES", addition.used_bytes(dataset.folder) + 100)
    with pytest.raises(TooLargeError, match="MB"):
        added(dataset, numbers=range(10, 11))
    assert len(dataset.items) == len(list((dataset.folder / "pictures").iterdir())) == 3


def test_number_and_bytes_of_an_owner_and_of_all_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_quotas, "DATASETS_PER_OWNER", 2)
    empty = Dataset.create("one")
    first, second = Dataset.create("one"), Dataset.create("one")
    assert empty.token not in [each.token for each in Dataset.owned("one")]
    first = Dataset.owned("one")[0]
    added(first)
    second = Dataset.create("one")
    added(second)
    with pytest.raises(InputError, match="remove one"):
        Dataset.create("one")
    other = Dataset.create("two")
    monkeypatch.setattr(dataset_quotas, "MAX_OWNER_BYTES", 100)
    with pytest.raises(InputError, match="remove some"):
        added(first)
    added(other)
    monkeypatch.setattr(dataset_quotas, "MAX_OWNER_BYTES", 10**9)
    monkeypatch.setattr(dataset_quotas, "MAX_TOTAL_BYTES", 100)
    with pytest.raises(BusyError, match="full"):
        added(other, numbers=range(7, 9))
    with pytest.raises(BusyError, match="full"):
        Dataset.create("three")


def test_datasets_of_one_network_address_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_MODELS_PER_ADDRESS", "2")
    for owner in ("one", "two", "three"):
        visitor_folders.set_address(owner, "192.0.2.7")
    for owner in ("one", "two"):
        added(Dataset.create(owner))
    with pytest.raises(BusyError, match="network address"):
        Dataset.create("three")


@pytest.mark.parametrize("file", ["pictures", "thumbnails", "index.jsonl", ".bytes", ".saved"])
@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EROFS, UnavailableError)])
def test_a_disk_that_refuses_leaves_nothing_half_written(
    monkeypatch: pytest.MonkeyPatch, file: str, number: int, kind: type[Exception]
) -> None:
    dataset = Dataset.create("one")
    added(dataset)
    before, files = dataset.items, sorted((dataset.folder / "pictures").iterdir())
    refusing(monkeypatch, file, number)
    with pytest.raises(kind, match=r"cannot be stored.*\.$") as error:
        added(dataset, numbers=range(10, 13))
    assert str(dataset.folder) not in str(error.value)
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_DATA", str(dataset.folder.parents[1]))
    assert Dataset.open(dataset.token).items == before
    assert sorted((dataset.folder / "pictures").iterdir()) == files
    assert not list(dataset.folder.glob("adding-*"))
    assert len(added(dataset, numbers=range(10, 13)).items) == 3


def refusing(monkeypatch: pytest.MonkeyPatch, part: str, number: int) -> None:
    """Refuse the second half of what is written to files whose path has ``part``."""
    opened = Path.open

    def open_refusing(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        file = opened(path, mode, *rest, **more)  # type: ignore[call-overload]
        if part in str(path) and mode not in ("r", "rb"):

            def refuse(data: str | bytes) -> int:
                file.write(data[: len(data) // 2])  # as much as still fits
                raise OSError(number, os.strerror(number), str(path))

            return Refusing(file, refuse)
        return file

    def write_text(path: Path, text: str) -> int:
        with path.open("w") as file:
            return file.write(text)

    def write_bytes(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            return file.write(data)

    monkeypatch.setattr(Path, "open", open_refusing)
    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(Path, "write_bytes", write_bytes)


class Refusing:
    """A file of which one method is another."""

    def __init__(self, file: object, write: object) -> None:
        self._file, self.write = file, write

    def __enter__(self) -> "Refusing":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def test_a_mark_that_cannot_be_written_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset.create("one")
    items = added(dataset).items
    dataset.relabel([items[0].id], "dog")
    before = dataset.items
    refusing(monkeypatch, "journal.jsonl", errno.ENOSPC)
    with pytest.raises(StorageError):
        dataset.drop([items[1].id])
    assert dataset.items == before
