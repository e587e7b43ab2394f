"""Tables with marks: corrected labels, dropped rows, another training."""

import csv
import io
from pathlib import Path

import pytest

from tests.exhibits.train_texts.labelled_tables import texts, written
from zoo.core import user_models
from zoo.core.errors import NotFoundError
from zoo.core.steps import run_to_completion
from zoo.core.tables import TABLE_LIMITS
from zoo.exhibits import train
from zoo.exhibits.train import history
from zoo.exhibits.train.texts.dataset import TextDataset


def brought(path: Path, owner: str = user_models.LOCAL_OWNER) -> TextDataset:
    return run_to_completion(TextDataset.bring(path, owner=owner))


def test_marks_are_kept_and_the_cleaned_table_has_them(data: Path) -> None:
    rows = [(str(n), text, label, "=1+1") for n, (text, label) in enumerate(texts(30))]
    rows[4] = ("4", "", "fruit", "no text")
    dataset = brought(written(data, rows, ("id", "tweet", "sentiment", "more")))
    assert (dataset.about.text, dataset.about.label) == ("tweet", "sentiment")
    assert len(dataset.items) == 29
    dataset.relabel(["1", "2"], "tools")
    dataset.drop(["3"])
    again = TextDataset.open(dataset.token)
    assert again.labelled().labels[:2] == ("tools", "tools")
    assert "3" not in again.labelled().ids
    target = data / "cleaned.csv"
    assert again.write_table(target) == 29
    cleaned = list(csv.DictReader(io.StringIO(target.read_text())))
    assert [row["id"] for row in cleaned] == [str(n) for n in range(30) if n != 2]
    assert [row["sentiment"] for row in cleaned[:3]] == ["tools", "tools", "fruit"]
    assert cleaned[3]["more"] == "no text"
    assert cleaned[0]["more"] == "'=1+1"
    assert again.undo()
    assert "3" in again.labelled().ids


def test_the_longest_cell_comes_back_and_no_limit_of_other_tables_is_raised(data: Path) -> None:
    limit = csv.field_size_limit()
    long = "x" * TABLE_LIMITS.max_cell
    rows = [(text, label, long) for text, label in texts(9)]
    target = data / "cleaned.csv"
    assert brought(written(data, rows, ("text", "label", "more"))).write_table(target) == 9
    assert csv.field_size_limit() == limit
    assert {row["more"] for row in csv.DictReader(io.StringIO(target.read_text()))} == {long}


def test_a_dataset_of_pictures_is_no_table(data: Path) -> None:
    with pytest.raises(NotFoundError):
        TextDataset.open(train_dataset_token())


def train_dataset_token() -> str:
    from zoo.exhibits.train.datasets import Dataset

    return Dataset.create().token


def test_training_again_learns_the_corrected_labels(data: Path) -> None:
    dataset = brought(written(data, texts(60)))
    first = run_to_completion(history.recording(dataset, lambda: train.train_text_dataset(dataset)))
    dataset.rename_class("tools", "hardware")
    second = run_to_completion(history.recording(dataset, lambda: train.train_text_dataset(dataset)))
    assert first.classes == ("fruit", "tools", "weather")
    assert second.classes == ("fruit", "hardware", "weather")
    kept = [history.read(dataset, number).training for number in history.numbers(dataset)]
    assert [training.model for training in kept] == [first.model, second.model]
    assert kept[1].baseline == second.baseline


def test_two_visitors_have_their_own_tables_and_models(data: Path) -> None:
    path = written(data, texts(30))
    one, other = (brought(path, owner) for owner in ("one", "other"))
    one.drop([item.id for item in one.items[:5]])
    assert len(other.labelled()) == 30
    model = run_to_completion(train.train_text_dataset(one, None, "one")).model
    assert [card.name for card in user_models.owned("one")] == [model]
    assert user_models.owned("other") == ()
