"""A dataset belongs to whoever has its name, and goes when its time has run out."""

import json
from pathlib import Path

import pytest

from tests.exhibits.train_pictures.samples import added
from zoo.core import visitor_folders
from zoo.core.errors import NotFoundError
from zoo.exhibits.train import dataset_quotas
from zoo.exhibits.train.datasets import Dataset


def test_nobody_else_finds_it(directory: Path) -> None:
    dataset = Dataset.create("secret")
    added(dataset)
    assert [each.token for each in Dataset.owned("secret")] == [dataset.token]
    assert Dataset.owned("other") == ()
    assert not any(b"secret" in path.read_bytes() for path in directory.rglob("*") if path.is_file())
    other = Dataset.create("other")
    with pytest.raises(NotFoundError):
        other.picture(dataset.items[0].id)
    with pytest.raises(NotFoundError):
        other.thumbnail(f"../../{dataset.token}/pictures/{dataset.items[0].digest}")
    with pytest.raises(NotFoundError):
        other.drop([dataset.items[0].id])
    for token in ("..", f"../datasets/{dataset.token}", "", "0" * 16, dataset.token.upper() + "x"):
        with pytest.raises(NotFoundError):
            Dataset.open(token)


def test_it_expires_some_days_after_its_last_change(directory: Path) -> None:
    def pass_time(seconds: float) -> None:
        clock = directory / visitor_folders.CLOCK_FILE
        record = json.loads(clock.read_text())
        clock.write_text(json.dumps(record | {"passed": record["passed"] + seconds}))

    dataset = Dataset.create("one")
    added(dataset)
    pass_time(dataset_quotas.LIFETIME - 60)
    dataset.drop([dataset.items[0].id])
    pass_time(dataset_quotas.LIFETIME - 60)
    assert Dataset.open(dataset.token)
    pass_time(120)
    with pytest.raises(NotFoundError):
        Dataset.open(dataset.token)
    assert Dataset.owned("one") == ()
    assert not dataset.folder.exists()


def test_one_that_is_removed_while_it_is_used_is_not_made_again() -> None:
    dataset = Dataset.create("one")
    items = added(dataset).items
    Dataset.open(dataset.token).remove()
    for use in (
        lambda: dataset.items,
        lambda: dataset.picture(items[0].id),
        lambda: dataset.drop([items[0].id]),
        lambda: added(dataset),
        dataset.undo,
    ):
        with pytest.raises(NotFoundError, match="no longer kept"):
            use()
    assert not dataset.folder.exists()
