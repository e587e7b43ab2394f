"""Digits' page: drawing, uploading and training, as scripts without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.digits_training import KEY
from pages.components.playback import PAUSE, PLAY
from tests.apps import plain
from tests.pages.test_pages import open_page, text_of
from zoo.examples import DIGIT_EXAMPLES


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def steps(page: AppTest) -> int:
    return int(page.session_state["digits-student"].steps)


def trained(**link: str) -> AppTest:
    return open_page("digits.py", part="Train it live", **link)


def test_the_empty_canvas_is_no_error() -> None:
    page = open_page("digits.py")
    assert not page.exception
    assert [error.value for error in page.error] == []
    assert any("What each hidden unit sees" in caption.value for caption in page.caption)


@pytest.mark.parametrize("drawing", ["3", "letter A", "scribble"])
def test_a_linked_drawing_is_read_and_looked_into(drawing: str) -> None:
    page = open_page("digits.py", drawing=drawing)
    assert not page.exception
    assert [error.value for error in page.error] == []
    assert {tab.label for tab in page.tabs} >= {"Evidence in the pixels", "Hidden units", "Feature maps"}
    assert 'zoo.digits("picture.png"' in page.code[0].value


def test_a_network_that_knows_digits_alone_is_named_where_another_sees_none() -> None:
    page = open_page("digits.py", drawing="letter A")
    assert any("has no class for what is not a digit" in info.value for info in page.info)
    assert not open_page("digits.py", drawing="3").info


def test_an_example_picture_is_read() -> None:
    page = open_page("digits.py", part="Upload a picture", example="three")
    assert [subheader.value.split(",")[0] for subheader in page.subheader] == ["3"]
    assert any("light on a dark ground" in info.value for info in page.info)


def test_a_step_is_one_step_and_another_width_is_another_network() -> None:
    page = trained(**{"student-width": "16"})
    page.button(key=f"{KEY}-step").click()
    run(page)
    assert steps(page) == 1
    page.slider(key="student-width").set_value(32)
    run(page)
    assert steps(page) == 0
    weights = page.session_state["digits-student"].inspect(lambda student: student.first_weights())
    assert weights.shape == (32, 28, 28)


@pytest.mark.parametrize("view", ["First-layer weights", "Decision map", "Loss surface"])
def test_each_view_is_drawn(view: str) -> None:
    page = trained(view=view)
    page.button(key=f"{KEY}-step").click()
    run(page)
    assert [error.value for error in page.error] == []


def test_the_snippet_trains_what_is_on_screen() -> None:
    page = trained(**{"student-width": "16", "student-optimiser": "SGD"})
    assert 'zoo.digits_train(width=16, optimiser="SGD"' in page.code[0].value


def test_two_visitors_train_networks_of_their_own() -> None:
    first, second = trained(), trained()
    first.button(key=f"{KEY}-step").click()
    run(first)
    run(second)
    assert (steps(first), steps(second)) == (1, 0)


def test_networks_and_examples_have_names_that_a_visitor_reads() -> None:
    page = open_page("digits.py", part="Upload a picture", example="three")
    text = text_of(page)
    assert "**Small convolutional network**: 3" in text
    assert "digit-" not in text
    assert "digit" not in "".join(sample.name for sample in DIGIT_EXAMPLES)


def test_too_high_a_learning_rate_is_told_and_a_training_that_diverges_is_paused() -> None:
    page = trained(**{"student-layers": "3", "student-optimiser": "SGD with momentum", "student-learning_rate": "1.0"})
    page.segmented_control(key=f"{KEY}-mode").set_value(PLAY)
    for _ in range(20):
        page.run()
        if page.error:
            break
    assert not page.exception
    assert "diverged at step" in page.error[0].value
    assert page.session_state[f"{KEY}-mode"] == PAUSE
    page = trained(**{"student-optimiser": "RMSprop", "student-learning_rate": "1.0"})
    for _ in range(20):
        page.button(key=f"{KEY}-step").click()
        page.run()
    assert "learning rate is too high" in plain(page.warning[0].value)
