"""Pictures come into classes, one by one, and are marked where they are doubtful."""

from pages.components.train_session import adding
from pages.components.train_shots import duplicate_marks
from tests.pages.test_pages import open_page, text_of
from tests.pages.train.samples import dataset, drawn, files, opened, wait
from zoo.core.steps import run_to_completion
from zoo.exhibits.train.datasets import Dataset


def test_pictures_are_added_to_a_class_and_a_broken_one_is_listed() -> None:
    page = open_page("train.py")
    page.file_uploader[0].upload("a.png", drawn((10, 20, 30), 1), "image/png").run()
    wait(page)
    assert "**Class 1** · 1" in text_of(page)
    assert "1 picture added." in text_of(page)


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


def test_starting_anew_leaves_the_pictures() -> None:
    page = opened(dataset(), "Train")
    next(button for button in page.button if button.label == "Start anew").click().run()
    assert "data" not in page.query_params
    assert "**Class 1** · 0" in text_of(page)
