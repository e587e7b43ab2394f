"""What came of a training: marks and their undoing, comparison, models kept and removed."""

import pytest

from pages.components.escape import literal
from pages.components.train_look import targets
from tests.pages.test_pages import open_page, text_of
from tests.pages.train.samples import dataset, galleries, opened, train_again, trained
from zoo.core.cards import find_card
from zoo.core.errors import ZooError
from zoo.exhibits.train import history

EVIL = "![x](http://127.0.0.1:9/x.png) <b>:material/home:</b>"


def test_marks_since_the_training_are_counted_and_undone() -> None:
    made = trained()
    made.relabel([made.items[0].id], "blue")
    made.drop([made.items[1].id])
    page = opened(made, "Look")
    assert "Since the last training: **1** relabelled, **1** dropped." in text_of(page)
    page.button(key="undo-look").click().run()
    assert "Since the last training: **1** relabelled, **0** dropped." in text_of(page)
    assert not made.items[1].dropped


def test_where_nothing_changed_since_the_training_no_undo_is_offered() -> None:
    made = dataset()
    made.relabel([made.items[0].id], "blue")  # before the training: the Data step can take it back
    train_again(made)
    page = opened(made, "Look")
    assert "Since the last training" not in text_of(page)
    assert "Undo" not in [button.label for button in page.button]
    made.confirm([one.id for one in history.read(made, 1).training.scored if one.issue][:1])
    page.run()
    assert "Doubtful labels that you kept: **1**." in text_of(page)
    page.button(key="undo-look").click().run()
    assert not any(item.confirmed for item in made.items)


def test_the_pictures_of_a_cell_are_offered_another_class_than_they_have() -> None:
    made = trained()
    page = opened(made, "Look", split="training")
    cells = page.selectbox(key="train-cell")
    assert cells.options
    for cell in [("red", "red"), ("blue", "blue")]:
        cells.set_value(cell).run()
        (data,) = galleries(page)
        assert cell[0] not in data["classes"]
        assert data["classes"]
    assert targets(("red", "green"), ["blue", "green", "red"]) == ["green", "blue"]


def test_a_model_is_removed_after_a_question_and_named() -> None:
    made = trained()
    train_again(made)
    first, second = (history.read(made, number).training.model for number in (1, 2))
    page = opened(made, "Keep")
    asked = next(button for button in page.button if button.key == f"remove-for-good-{second}")
    title = literal(f"My classifier ({second[-4:]})")
    assert asked.label == f"Remove {title} for good"
    asked.click().run()
    assert [message.value for message in page.success] == [f"{title} was removed."]
    assert page.selectbox(key="kept-model").value == first
    find_card(first)
    with pytest.raises(ZooError):
        find_card(second)


def test_a_label_that_is_kept_is_not_asked_about_again() -> None:
    made = trained()
    recorded = history.read(made, history.numbers(made)[-1])
    issues = [one.id for one in recorded.training.scored if one.issue]
    assert issues
    made.confirm(issues)
    page = opened(made, "Look", view="Label errors")
    assert [success.value for success in page.success] == [
        "Every doubtful label is decided. Train again to see what it brings."
    ]


def test_two_trainings_are_compared() -> None:
    made = trained()
    wrong = next(item.id for item in made.items if item.name == "wrong.png")
    made.relabel([wrong], "blue")
    again = history.read(made, 1).training
    history.record(made, made.fingerprint, again)
    page = opened(made, "Look")
    assert [metric.label for metric in page.metric] == ["Accuracy", "Calibration error", "Pictures"]


def test_no_more_than_some_trainings_are_kept() -> None:
    made = trained()
    training = history.read(made, 1).training
    for _ in range(history.KEPT + 2):
        history.record(made, "", training)
    assert len(history.numbers(made)) == history.KEPT
    assert history.numbers(made)[-1] == history.KEPT + 3


def test_a_training_of_another_version_is_a_sentence() -> None:
    made = dataset()
    (made.folder / history.FOLDER).mkdir()
    (made.folder / history.FOLDER / "1.json").write_text("{}")
    with pytest.raises(ZooError, match="no longer kept"):
        history.read(made, 1)


@pytest.mark.parametrize("script", ["classify.py", "adversarial.py"])
def test_pages_of_pictures_open_the_model_of_a_link(script: str) -> None:
    made = trained(first=EVIL)
    model = history.read(made, 1).training.model
    page = open_page(script, model=model)
    assert not page.error, [error.value for error in page.error]
    assert any(model in code.value for code in page.code)
