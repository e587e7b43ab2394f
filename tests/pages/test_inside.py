"""The page Inside: every kind of model and view, the tour's links, and bad input."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from pages.components import inside_tour as tour
from pages.components.input_picker import Picture, Recording
from pages.components.inside_tree import short, size_of
from tests.apps import plain
from tests.exported import save_model
from tests.pages.test_pages import open_page, text_of
from zoo.core import user_models
from zoo.core.sounds import Sound

SMALL = "cifar10-resnet-robust"
MODELS = (SMALL, "sound-audionet", "tweet-lstm", "jeeves")


def errors(page: Any) -> list[str]:
    assert not page.exception
    return [element.value for element in page.error]


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_model_opens_with_its_totals(model: str) -> None:
    page = open_page("inside.py", model=model)
    assert errors(page) == []
    assert "parameters" in text_of(page)
    assert "MACs" in text_of(page)
    assert "strongest patches" in text_of(page)
    names = page.selectbox(key="layer").options
    assert len(names) > 5
    assert page.selectbox(key="layer").value in names


def test_a_unit_stays_chosen_for_another_picture_and_the_strongest_there_is_told() -> None:
    page = open_page("inside.py", model=SMALL, example="coffee")
    assert "The strongest here is unit" not in text_of(page)
    unit = page.number_input(key="unit").value
    page.number_input(key="unit").set_value(unit - 1 if unit else 1).run()
    assert f"The strongest here is unit {unit}." in text_of(page)
    page.button_group(key="example").set_value("rocket").run()
    assert page.number_input(key="unit").value == (unit - 1 if unit else 1)


def test_ones_own_picture_is_drawn_beside_the_totals() -> None:
    page = open_page("inside.py", model=SMALL)
    before = len(page.get("image"))
    page.session_state["picture"] = Picture("own", Image.new("RGB", (40, 30), "teal"), "Your picture", None)
    page.session_state["picture_received"] = True
    page.run()
    assert errors(page) == []
    assert len(page.get("image")) == before + 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("view", [view for view in tour.VIEWS if view != tour.ACTIVATIONS])
def test_every_view_is_drawn_for_every_kind_of_model(model: str, view: str) -> None:
    page = open_page("inside.py", model=model, view=view)
    told = errors(page)
    refused = view == tour.ARITHMETIC and model == "tweet-lstm"
    assert told == [] or refused, told


def test_arithmetic_tells_the_networks_own_output() -> None:
    page = open_page("inside.py", model=SMALL, view=tour.ARITHMETIC, unit="3")
    page.slider(key="row").set_value(0)
    page.slider(key="column").set_value(31)
    page.run()
    assert errors(page) == []
    (line,) = [each.value for each in page.markdown if "The network's own output there" in each.value]
    computed, output = (float(part.split("**")[1]) for part in line.split("\n"))
    assert computed == pytest.approx(output, rel=1e-4, abs=1e-5)


def test_another_layer_has_its_strongest_unit_and_another_model_its_own_layers() -> None:
    page = open_page("inside.py", model=SMALL, unit="5")
    layer = page.selectbox(key="layer")
    assert page.number_input(key="unit").value == 5
    layer.select(layer.options[-1])
    page.run()
    assert errors(page) == []
    first = text_of(page)
    assert layer.options[-1] in first
    page.selectbox(key="model").select("tweet-lstm")
    page.run()
    assert errors(page) == []
    assert page.selectbox(key="layer").value == "network.embedding"


def test_a_pinned_layer_stays_beside_the_next() -> None:
    page = open_page("inside.py", model=SMALL)
    page.button(key="pin-inside").click().run()
    assert errors(page) == []
    first = page.selectbox(key="layer").value
    page.selectbox(key="layer").select(page.selectbox(key="layer").options[-1]).run()
    assert errors(page) == []
    told = [each.value for each in page.text]
    assert any(each.startswith(f"layer: {first} → ") for each in told)
    assert f"{SMALL}, `{first}`" in plain(text_of(page))


@pytest.mark.parametrize("number", range(1, len(tour.STOPS) + 1))
def test_a_link_of_the_tour_opens_with_everything_set(number: int) -> None:
    page = open_page("inside.py", tour=str(number))
    stop = tour.STOPS[number - 1]
    assert errors(page) == []
    assert f"{number} of {len(tour.STOPS)}: {stop.title}" in text_of(page)
    assert 2 <= stop.text.count(". ") + 1 <= 5
    for key, value in stop.state.items():
        assert page.session_state[key] == value
    assert all(layer in page.selectbox(key="layer").options for layer in [stop.state.get("layer")] if layer)


def test_the_tour_goes_on_and_back_and_ends() -> None:
    page = open_page("inside.py", tour="1")
    page.button(key="tour-on").click().run()
    assert f"2 of {len(tour.STOPS)}" in text_of(page)
    assert page.session_state["layer"] == tour.STOPS[1].state["layer"]
    page.button(key="tour-back").click().run()
    assert f"1 of {len(tour.STOPS)}" in text_of(page)
    page.button(key="tour-end").click().run()
    assert f"of {len(tour.STOPS)}:" not in text_of(page)
    assert errors(page) == []


def test_what_a_link_of_the_tour_names_beside_the_step_has_precedence() -> None:
    page = open_page("inside.py", tour="4", epsilon="8", view=tour.STATISTICS)
    assert page.slider(key="epsilon").value == 8


@pytest.mark.parametrize("link", [{"tour": "99"}, {"tour": "x"}, {"layer": "no.such.layer"}, {"unit": "100000"}])
def test_a_link_that_names_what_there_is_not_opens_the_page(link: dict[str, str]) -> None:
    page = open_page("inside.py", model=SMALL, **link)
    assert errors(page) == []


def test_a_tiny_picture_is_opened_and_a_silent_sound_and_an_empty_text_are_told() -> None:
    page = open_page("inside.py", model=SMALL)
    page.session_state["picture"] = Picture("tiny", Image.new("RGB", (10, 10), (9, 90, 200)), "Your picture", None)
    page.session_state["picture_received"] = True
    page.run()
    assert errors(page) == []
    page = open_page("inside.py", model="sound-audionet")
    silence = Sound(np.zeros(16_000, np.float32), 16_000)
    page.session_state["recording"] = Recording("silent", silence, "Your sound", None)
    page.session_state["recording_received"] = True
    page.run()
    assert any("Too quiet" in each.replace("\\", "") for each in errors(page))
    page = open_page("inside.py", model="tweet-lstm", text=" ")
    assert not page.exception


def test_a_model_that_was_removed_in_the_meantime_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    own = save_model({"kind": "resnet-18", "num_classes": 3})
    page = open_page("inside.py", model=own.name)
    assert errors(page) == []
    assert page.selectbox(key="model").value == own.name
    user_models.remove(own.name)
    page.run()
    assert errors(page) == []
    assert page.selectbox(key="model").value != own.name


def test_numbers_are_short() -> None:
    assert [short(each) for each in (0, 999, 1000, 11_279_112, 925_388_800)] == ["0", "999", "1 k", "11.3 M", "925 M"]
    assert [size_of(each) for each in (800, 18_021_152)] == ["800 B", "18 MB"]


def test_the_code_of_a_text_sends_it_as_a_file() -> None:
    page = open_page("inside.py", model="tweet-lstm", text="it's so good")
    codes = [each.value for each in page.code]
    assert any(code.startswith("printf %s 'it'") and "-F input=@- -F model=tweet-lstm" in code for code in codes)
    assert any('zoo.inside("it\'s so good", model="tweet-lstm")' in code for code in codes)
