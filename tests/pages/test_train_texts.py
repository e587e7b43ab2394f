"""The page Train with texts, as a script: from the example to a cleaned table and a model in Sentiment."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import open_page, text_of
from zoo.core.steps import run_to_completion
from zoo.exhibits import train
from zoo.exhibits.train import history
from zoo.exhibits.train.results import Training
from zoo.exhibits.train.texts.dataset import TextDataset
from zoo.exhibits.train.texts.knobs import TrainTextsKnobs

EVIL = "![x](http://127.0.0.1:9/x.png) <b>:material/home:</b>"
VIEWS = ("Confusion", "Top losses", "Label errors", "Learning", "Try", "Keep")


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    return tmp_path


def brought(folder: Path, label: str = "praise") -> TextDataset:
    path = folder / "table.csv"
    path.write_bytes(train.example_table().replace(b",praise", f',"{label}"'.encode()))
    return run_to_completion(TextDataset.bring(path))


def trained(dataset: TextDataset, **knobs: Any) -> Training:
    settings = TrainTextsKnobs.model_validate(knobs)
    owner = f"dataset {dataset.token}"
    return run_to_completion(history.recording(dataset, lambda: train.train_text_dataset(dataset, settings, owner)))


def opened(dataset: TextDataset, **link: Any) -> AppTest:
    page = open_page("train.py", kind="Texts", texts=dataset.token, **link)
    assert not page.error, [error.value for error in page.error]
    return page


def button(page: AppTest, label: str) -> Any:
    return next(each for each in page.button if each.label == label)


def finish(page: AppTest, key: str) -> AppTest:
    """Wait for a job that the page started, and draw the page again."""
    page.session_state[key].wait(120)
    return page.run()


def test_the_example_is_brought_and_trained_on() -> None:
    page = open_page("train.py", kind="Texts")
    button(page, "Begin with an example").click().run()
    page = finish(page, "train-texts-bring-job")
    assert "**240 texts** in 3 classes: order" in text_of(page)
    button(page, "Train").click().run()
    page = finish(page, "train-texts-job")
    assert not page.exception
    assert [heading.value for heading in page.subheader] == ["93.9% right on 49 validation texts"]
    assert page.metric[0].label == "TF-IDF, the baseline"


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_with_names_of_any_kind(data: Path, view: str) -> None:
    dataset = brought(data, EVIL)
    trained(dataset, title=EVIL)
    page = opened(dataset, texts_view=view)
    assert "![x]" not in "".join(element.value for element in (*page.markdown, *page.caption))


@pytest.mark.trained_weights
def test_a_method_stands_beside_the_baseline(data: Path) -> None:
    dataset = brought(data)
    trained(dataset)
    second = trained(dataset, model="tweet-lstm", epochs=10)
    page = opened(dataset, texts_view="Learning")
    assert [metric.label for metric in page.metric][:2] == ["TF-IDF, the baseline", r"tweet\-lstm"]
    assert page.metric[1].value == f"{second.accuracy:.1%}"
    assert page.metric[2].label == "Accuracy"  # of the training before, beside that after
    assert "Expected calibration error" in text_of(page)


def test_suspected_labels_are_relabelled_undone_and_trained_again(data: Path) -> None:
    dataset = brought(data)
    result = trained(dataset)
    issue = min((one for one in result.scored if one.issue), key=lambda one: one.quality)
    page = opened(dataset, texts_view="Label errors")
    assert button(page, "Relabel as predicted").disabled
    dataset.relabel([issue.id], issue.predicted)
    page = opened(dataset, texts_view="Label errors")
    issues = sum(one.issue for one in result.scored)
    assert f"**{issues - 1}** are still to be decided" in text_of(page)
    assert "**1** relabelled, **0** dropped" in text_of(page)
    button(page, "Undo").click().run()
    assert "**0** relabelled, **0** dropped" in text_of(page)
    assert dataset.marks == 0


def test_the_rows_that_are_selected_are_changed(data: Path) -> None:
    from pages.components.train_text_rows import follow

    dataset = brought(data)
    result = trained(dataset)
    wrong = [one for one in result.scored if one.issue][:3]
    follow(dataset, wrong)
    labels = {item.id: item.label for item in dataset.items}
    assert [labels[one.id] for one in wrong] == [one.predicted for one in wrong]


def test_a_sentence_is_tried(data: Path) -> None:
    dataset = brought(data)
    trained(dataset)
    page = opened(dataset, texts_view="Try")
    page.text_area(key="texts-try").set_value("I want my money back for the mug").run()
    assert "Green words are evidence for return, red ones against it." in text_of(page)


def test_sentiment_runs_the_model(data: Path) -> None:
    name = trained(brought(data)).model
    page = open_page("sentiment.py", model=name, text="I want my money back for the mug")
    assert not page.error
    assert "evidence for return" in text_of(page)


def test_a_link_that_is_none_and_a_table_that_cannot_be_used_are_told(data: Path) -> None:
    page = open_page("train.py", kind="Texts", texts="0123456789abcdef")
    assert [warning.value for warning in page.warning] == ["This table is no longer kept: bring it again."]


def test_two_visitors_see_their_own_table_alone(data: Path) -> None:
    dataset = brought(data)
    page = open_page("train.py", kind="Texts")
    assert dataset.token not in text_of(page)
    assert next(each.label for each in page.button) == "Begin with an example"
