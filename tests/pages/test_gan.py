"""GAN as a script: what a link draws, steps, presets, own points, and sentences for what cannot be used."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import gan_knobs
from pages.components.gan_presets import PRESETS
from pages.components.playback import PAUSE, PLAY
from tests.apps import plain, run
from tests.pages.test_pages import open_page, text_of
from zoo.exhibits.gan.knobs import GameKnobs

SMALL = {"hidden": "8", "layers": "1", "batch": "8"}


def opened(**link: Any) -> AppTest:
    page = open_page("gan.py", **{**SMALL, **link})
    assert [error.value for error in page.error] == []
    return page


def steps(page: AppTest) -> int:
    return int(page.session_state["gan-training"][1].steps)


@pytest.mark.parametrize("name", [*gan_knobs.NAMED, gan_knobs.DRAWN])
def test_every_distribution_waits_for_the_visitor(name: str) -> None:
    page = opened(distribution=name)
    assert "Nothing is learnt yet. The first update is of the **discriminator**" in text_of(page)
    assert steps(page) == 0


def test_a_step_is_one_update_and_the_next_is_of_the_other_network() -> None:
    page = opened()
    page.button(key="gan-step").click()
    assert steps(run(page)) == 1
    assert "Last update: discriminator; next: **generator**" in text_of(page)
    page.button(key="gan-step").click()
    assert steps(run(page)) == 2
    assert "Last update: generator; next: **discriminator**" in text_of(page)


def test_another_knob_begins_anew_and_the_same_goes_on() -> None:
    page = opened()
    page.button(key="gan-step").click()
    run(page)
    page.slider(key="hidden").set_value(12)
    assert steps(run(page)) == 0
    page.button(key="gan-step").click()
    assert steps(run(page)) == 1
    assert steps(run(page)) == 1


def test_a_preset_sets_all_knobs_and_plays() -> None:
    page = opened(loss="hinge")
    page.button(key="preset-Mode collapse").click()
    run(page)
    assert page.session_state["gan-mode"] == PLAY
    assert page.session_state["loss"] == "non-saturating"
    expected = PRESETS["Mode collapse"].knobs
    assert {name: page.session_state[name] for name in expected} == expected
    assert steps(page) > 1


def test_every_preset_is_one_of_the_choices() -> None:
    for preset in PRESETS.values():
        rates = {name: value for name, value in preset.knobs.items() if name.endswith("_rate")}
        assert set(rates.values()) <= set(gan_knobs.RATES)


def test_a_training_that_diverges_is_paused_with_a_sentence() -> None:
    page = opened()
    page.button(key="preset-Diverging").click()
    page.run()
    for _ in range(30):
        if page.error:
            break
        page.run()
    assert not page.exception
    assert "diverged at update" in page.error[0].value
    assert page.session_state["gan-mode"] == PAUSE
    reached = steps(page)
    page.button(key="gan-step").click()
    page.run()
    assert steps(page) == reached
    page.button(key="gan-set-back").click()
    run(page)
    assert steps(page) == 0
    assert page.session_state["gan-mode"] == PAUSE
    assert page.session_state["generator_rate"] == GameKnobs().generator_rate
    page.button(key="preset-Balanced").click()
    run(page)
    assert page.session_state["gan-mode"] == PLAY


def test_points_from_a_file_become_the_distribution() -> None:
    page = open_page("gan.py", **SMALL, distribution=gan_knobs.FILE)
    assert not page.error
    assert "Choose a file" in page.info[0].value
    page.file_uploader(key="points-file").upload("points.csv", b"x,y\n1,2\n30,4\n5,60\n")
    run(page)
    assert page.session_state["gan-training"][1].inspect(lambda game: len(game.target.modes)) == 3
    page.button(key="gan-step").click()
    run(page)
    page.switch_page("models.py").run()
    page.switch_page("gan.py").run()
    assert steps(page) == 1
    assert "The points of points.csv, as before." in text_of(page)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"x,y\n", "no point"),
        (b"1,2\n", "one point"),
        (b"1,2\n" * 1000, "the same"),
        (b"1,nan\n2,3\n", "not a number"),
        (b"1,2\n3,inf\n", "infinite"),
        (b"1,2\n3,1e200\n", "1e30"),
        (b"1,2\nthree\n", "Line 2 is no point"),
        (b"1,2\n" * 6000, "5,000"),
        (b"\xff\xfe\x00\x01\x02", ""),
    ],
)
def test_a_file_that_is_no_distribution_is_a_sentence(data: bytes, sentence: str) -> None:
    page = open_page("gan.py", **SMALL, distribution=gan_knobs.FILE)
    page.file_uploader(key="points-file").upload("points.csv", data)
    page.run()
    assert not page.exception
    assert len(page.error) == 1
    assert plain(page.error[0].value).startswith("points.csv: ")
    assert sentence in plain(page.error[0].value)


def test_two_visitors_have_trainings_of_their_own() -> None:
    first, second = opened(), opened()
    first.button(key="gan-step").click()
    run(first)
    run(second)
    assert (steps(first), steps(second)) == (1, 0)


def test_the_snippet_trains_what_is_on_screen() -> None:
    page = opened(distribution="spiral", loss="hinge")
    assert 'zoo.gan_train(distribution="spiral", loss="hinge", hidden=8, layers=1, batch=8)' in page.code[0].value
    drawn = opened(distribution=gan_knobs.DRAWN)
    assert 'zoo.gan_train("points.csv"' in drawn.code[0].value


def test_clothes_are_drawn_for_a_link() -> None:
    page = open_page(
        "gan.py", part="Pictures of clothes", upper_left="bag", clothing="coat", grid_count="3", grid_seed="7"
    )
    assert [error.value for error in page.error] == []
    assert 'zoo.gan(clothing="coat", count=3, seed=7' in page.code[0].value
    assert page.selectbox(key="upper_left").value == "bag"
    page.toggle(key="gif").set_value(True)
    run(page)
