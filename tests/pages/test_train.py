"""The page Train as a script: what each step draws of a dataset, and what its buttons do."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components.escape import literal
from pages.components.train_burst import MAX_CHARACTERS, MAX_FRAMES, decode_batch
from pages.components.train_gallery import read_message
from pages.components.train_look import targets
from pages.components.train_map import inside
from pages.components.train_session import adding
from pages.components.train_shots import duplicate_marks
from tests.pages.test_pages import open_page, text_of
from tests.pages.test_picture_pages import ends
from zoo.core.cards import find_card
from zoo.core.errors import ZooError
from zoo.core.steps import run_to_completion
from zoo.exhibits import train
from zoo.exhibits.train import history
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.results import Scored

STEPS = ("Data", "Augment", "Train", "Look", "Try", "Keep")
VIEWS = ("Confusion", "Top losses", "Calibration", "Map", "Label errors")
EVIL = "![x](http://127.0.0.1:9/x.png) <b>:material/home:</b>"


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def drawn(colour: tuple[int, int, int], seed: int) -> bytes:
    """A picture of about one colour, as a file."""
    noise = np.random.default_rng(seed).integers(-40, 40, (48, 48, 3))
    file = io.BytesIO()
    Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def files(colour: tuple[int, int, int], count: int, seed: int = 0) -> list[tuple[str, bytes]]:
    return [(f"{number:02}.png", drawn(colour, seed + number)) for number in range(count)]


def dataset(first: str = "red", second: str = "blue") -> Dataset:
    """Two classes of ten pictures, the first picture of blue with the label red."""
    made = Dataset.create()
    made.add_files([*files((200, 60, 60), 10), ("wrong.png", drawn((50, 60, 200), 99))], first)
    made.add_files(files((50, 60, 200), 10, 50), second)
    return made


def trained(first: str = "red", second: str = "blue") -> Dataset:
    """After a real training."""
    return train_again(dataset(first, second))


def train_again(made: Dataset) -> Dataset:
    """After one more training."""
    knobs = TrainKnobs(model="resnet-18", epochs=40)
    run_to_completion(history.recording(made, lambda: train.train_dataset(made, knobs, f"dataset {made.token}")))
    return made


def opened(made: Dataset, step: str, **link: Any) -> AppTest:
    page = open_page("train.py", data=made.token, step=step, **link)
    assert not page.error, [error.value for error in page.error]
    return page


def test_a_new_visitor_is_offered_two_classes_and_an_example() -> None:
    page = open_page("train.py")
    assert "**Class 1** · 0" in text_of(page)
    assert "**Class 2** · 0" in text_of(page)
    assert [button.label for button in page.button if button.label.startswith("Begin")] == ["Begin with an example"]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_drawn_of_a_training_with_names_of_any_kind(step: str) -> None:
    page = opened(trained(first=EVIL), step)
    for kind in (page.markdown, page.caption, page.info, page.success):
        assert not any("![x](" in element.value for element in kind)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn(view: str) -> None:
    opened(trained(), "Look", view=view)


def test_a_model_can_be_brought_back_before_any_training() -> None:
    page = open_page("train.py", step="Keep")
    assert [info.value for info in page.info] == ["Train first, or bring back a model that you have taken home."]
    assert "Bring a model back" in [expander.label for expander in page.expander]


@pytest.mark.parametrize("step", STEPS[1:-1])
def test_a_step_without_pictures_says_what_to_do(step: str) -> None:
    page = open_page("train.py", step=step)
    assert [info.value for info in page.info] == ["Bring pictures first."]
    next(button for button in page.button if button.label == "Go to Data").click().run()
    assert "**Class 1** · 0" in text_of(page)


def test_a_link_that_has_expired_is_told_and_left() -> None:
    page = open_page("train.py", data="0" * 16)
    assert len(page.warning) == 1
    assert "data" not in page.query_params


def test_pictures_are_added_to_a_class_and_a_broken_one_is_listed() -> None:
    page = open_page("train.py")
    page.file_uploader[0].upload("a.png", drawn((10, 20, 30), 1), "image/png").run()
    wait(page)
    assert "**Class 1** · 1" in text_of(page)
    assert "1 picture added." in text_of(page)


def wait(page: AppTest) -> None:
    """Until the jobs of the session have ended, and the page drawn what came of them."""
    for job in page.session_state["train-bringing"]:
        job.wait(60)
    page.run()
    assert not page.exception


def test_one_class_and_one_picture_are_told() -> None:
    made = Dataset.create()
    made.add_files(files((200, 60, 60), 3), "red")
    assert ["There is one class" in info.value for info in opened(made, "Data").info] == [True]
    made.add_files(files((50, 60, 200), 1, 9), "blue")
    told = [info.value for info in opened(made, "Data").info]
    assert any("blue has one picture" in text for text in told)
    assert any("3.0 times as many pictures" in text for text in told)


def test_the_same_file_twice_is_marked() -> None:
    made = Dataset.create()
    same = drawn((1, 2, 3), 0)
    made.add_files([("a.png", same), ("b.png", drawn((1, 2, 3), 1))], "one")
    made.add_files([("c.png", same)], "two")
    marks = duplicate_marks(made.items, [[made.items[1].id]])
    assert sorted(marks.values()) == sorted(["near-duplicate"] + ["same file"] * (len(made.items) - 1))


def test_files_are_added_one_by_one() -> None:
    made = Dataset.create()
    added = run_to_completion(adding([("a.png", drawn((1, 2, 3), 0)), ("b.txt", b"no")], "one", False, made))
    assert (len(added.items), [broken.name for broken in added.broken]) == (1, ["b.txt"])


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


def galleries(page: AppTest) -> list[dict[str, Any]]:
    """What the galleries of a page were given."""
    protos = [element.proto for element in page.main if element.type == "bidi_component"]
    return [json.loads(proto.json) for proto in protos if proto.component_name == "train_gallery"]


def test_a_link_of_the_former_name_of_a_step_opens_it() -> None:
    page = opened(trained(), "Look and clean")
    assert page.button_group(key="step").value == "Look"
    assert "Click a cell: its pictures are drawn." in text_of(page)


def test_a_class_without_a_picture_is_still_there_after_a_reload() -> None:
    made = Dataset.create()
    made.add_files(files((200, 60, 60), 3), "red")
    page = opened(made, "Data")
    page.text_input(key="train-new-class").set_value("no  picture yet")
    next(button for button in page.button if button.label == "Add class").click().run()
    assert "**no picture yet** · 0" in text_of(page)
    again = opened(made, "Data", **{name: value for name, value in page.query_params.items() if name == "empty"})
    assert "**no picture yet** · 0" in text_of(again)
    made.add_files(files((50, 60, 200), 3, 9), "no picture yet")
    again.run()
    assert "empty" not in again.query_params
    next(button for button in again.button if button.label == "Start anew").click().run()
    assert "no picture yet" not in text_of(again)


def test_a_class_is_renamed_in_its_form() -> None:
    page = open_page("train.py")
    name = next(field for field in page.text_input if field.value == "Class 2")
    name.set_value("blue")
    next(button for button in page.button if button.form_id == name.form_id).click().run()
    assert "**blue** · 0" in text_of(page)


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


def test_knobs_that_are_not_on_screen_keep_their_values() -> None:
    made = dataset()
    page = opened(made, "Augment", flip="both", epochs="7")
    page.button_group(key="step").set_value("Train").run()
    assert page.slider(key="epochs").value == 7
    python = page.code[0].value
    assert 'flip="both"' in python
    assert "epochs=7" in python


@pytest.mark.parametrize("step", ["Train", "Augment"])
def test_every_knob_works_at_its_ends(step: str) -> None:
    page = opened(dataset(), step)
    tried = [(kind, key, value) for kind, key, value in ends(page) if kind != "selectbox"]
    assert len(tried) >= 16
    for kind, key, value in tried:
        getattr(page, kind)(key=key).set_value(value).run()
        assert not page.exception, (key, value)
        assert not page.error, (key, value)


def test_starting_anew_leaves_the_pictures() -> None:
    page = opened(dataset(), "Train")
    next(button for button in page.button if button.label == "Start anew").click().run()
    assert "data" not in page.query_params
    assert "**Class 1** · 0" in text_of(page)


def test_invalid_knobs_in_a_link_are_the_defaults() -> None:
    page = opened(dataset(), "Train", epochs="many", erasing="-3", flip="sideways")
    assert "erasing" not in page.code[0].value
    assert "flip" not in page.code[0].value


@pytest.mark.parametrize(
    "batch",
    [
        {"frames": []},
        {"frames": "x"},
        {"frames": ["*"]},
        {"frames": ["A" * (MAX_CHARACTERS + 4)]},
        {"frames": ["AAAA"] * (MAX_FRAMES + 1)},
        {},
        None,
        7,
    ],
)
def test_what_is_no_burst_is_refused_with_a_sentence(batch: object) -> None:
    with pytest.raises(ZooError):
        decode_batch(batch)


def test_a_burst_is_decoded() -> None:
    assert decode_batch({"frames": ["QUJD", "REVG"]}) == [b"ABC", b"DEF"]


def test_only_what_was_drawn_can_be_marked() -> None:
    known, classes = {"a", "b"}, ["red", "blue"]
    assert read_message({"action": "drop", "ids": ["a", "x"]}, known, classes) == ("drop", ["a"], "")
    assert read_message({"action": "relabel", "ids": ["a"], "label": "green"}, known, classes) is None
    assert read_message({"action": "relabel", "ids": ["a"], "label": "red"}, known, classes) == (
        "relabel",
        ["a"],
        "red",
    )
    for message in (None, [], {"ids": "a"}, {"action": "drop", "ids": []}, {"action": "drop", "ids": [["a"]]}):
        assert read_message(message, known, classes) is None


def test_a_rectangle_has_the_pictures_in_it() -> None:
    scored = [Scored(str(n), "a", "a", (1.0,), 0.0, "training", (float(n), float(-n)), 1.0, False) for n in range(5)]
    rectangle = {"x": [3.2, 0.5], "y": [-3.5, 0.0]}
    assert [one.id for one in inside(scored, rectangle) or []] == ["1", "2", "3"]
    assert inside(scored, {}) is None


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
