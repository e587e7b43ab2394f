"""What each step draws of a dataset, its knobs, and links to it."""

import pytest

from tests.pages.test_pages import open_page, text_of
from tests.pages.test_picture_pages import ends
from tests.pages.train.samples import dataset, opened, trained

STEPS = ("Data", "Augment", "Train", "Look", "Try", "Keep")
VIEWS = ("Confusion", "Top losses", "Calibration", "Map", "Label errors")
EVIL = "![x](http://127.0.0.1:9/x.png) <b>:material/home:</b>"


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


def test_a_link_of_the_former_name_of_a_step_opens_it() -> None:
    page = opened(trained(), "Look and clean")
    assert page.button_group(key="step").value == "Look"
    assert "Click a cell: its pictures are drawn." in text_of(page)


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


def test_invalid_knobs_in_a_link_are_the_defaults() -> None:
    page = opened(dataset(), "Train", epochs="many", erasing="-3", flip="sideways")
    assert "erasing" not in page.code[0].value
    assert "flip" not in page.code[0].value
