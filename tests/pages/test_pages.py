"""The pages as scripts: what they draw for a link, and how they draw errors."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.apps import app_at, plain
from zoo.core.assets import EXAMPLES as PICTURES
from zoo.core.errors import BusyError
from zoo.core.runtime import get_runtime, set_runtime
from zoo.examples import EXAMPLES
from zoo.exhibits import DASHBOARD, EXHIBITS
from zoo.exhibits.classify.knobs import DEFAULT_MODEL, ClassifyKnobs, HeatMapKnobs
from zoo.exhibits.sound.knobs import SoundKnobs


def open_page(script: str, **link: Any) -> AppTest:
    """A page as it is drawn for a visitor with this link."""
    page = app_at(script)
    for name, value in link.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def text_of(page: AppTest) -> str:
    return plain("\n".join(element.value for element in (*page.markdown, *page.caption)))


def test_home_has_a_card_for_each_exhibit() -> None:
    page = open_page("home.py")
    for exhibit in (*EXHIBITS, DASHBOARD):
        assert exhibit.sentence in text_of(page)
        for theme in ("", "-dark"):
            assert (PICTURES / f"{exhibit.name}{theme}.webp").is_file()


@pytest.mark.trained_weights
def test_home_classifies_explains_and_attacks_a_picture() -> None:
    page = open_page("home.py", example="coffee")
    text = text_of(page)
    assert "**espresso**, 9" in text
    assert "the evidence for **espresso**" in text
    assert "**goldfish**, " in text
    assert "at most 2/255" in text


def test_a_page_keeps_its_values_and_gives_none_to_another() -> None:
    page = open_page("home.py")
    page.switch_page("classify.py").run()
    page.slider(key="top_k").set_value(7).run()
    page.switch_page("sound.py").run()
    assert page.slider(key="top_k").value == SoundKnobs().top_k
    page.switch_page("classify.py").run()
    assert page.slider(key="top_k").value == 7


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_every_exhibit_explains_itself_and_shows_its_code(exhibit: Any) -> None:
    page = open_page(f"{exhibit.name}.py")
    assert page.title[0].value == exhibit.title
    assert exhibit.sentence in text_of(page)
    assert {"How it works", "Use it from code"} <= {expander.label for expander in page.expander}
    assert "arxiv.org" in text_of(page)
    snippets = [code.value for code in page.code]
    assert any(text.startswith("import zoo") and f"zoo.{exhibit.name}" in text for text in snippets)
    assert any(text.startswith(f"zoo {exhibit.name}") for text in snippets)
    assert any(text.startswith("curl") and f"/api/v1/{exhibit.name}" in text for text in snippets)


def test_link_sets_the_knobs() -> None:
    page = open_page("classify.py", example="rocket", top_k="3", opacity="20", model=["mobilenet-v2", "resnet-18"])
    assert {slider.key: slider.value for slider in page.slider} == {"top_k": 3, "opacity": 20}
    python, shell, curl = (code.value for code in page.code)
    assert "top_k=3" in python
    assert "--top-k 3" in shell
    assert "top_k=3" in curl
    for text in (python, shell, curl):
        assert "rocket" in text
        assert "resnet-18" in text
    for name in ("mobilenet-v2", "resnet-18", "average"):
        assert f"**{name}**" in text_of(page)


def test_invalid_values_in_a_link_leave_the_defaults() -> None:
    page = open_page("classify.py", example="unicorn", top_k="999", opacity="much", model="oracle")
    defaults = {"top_k": ClassifyKnobs().top_k, "opacity": HeatMapKnobs().opacity}
    assert {slider.key: slider.value for slider in page.slider} == defaults
    assert f"**{DEFAULT_MODEL}**" in text_of(page)
    assert EXAMPLES[0].name in page.code[0].value


def test_a_chosen_example_is_the_input_of_all_that_is_drawn() -> None:
    page = open_page("classify.py")
    page.button_group(key="example").set_value("coffee").run()
    assert "coffee" in page.code[0].value


class FullQueue:
    """A runtime that accepts nothing."""

    def run(self, *arguments: object) -> None:
        raise BusyError("The queue is full: try again in a moment.", retry_after=1.0)

    load = run


@pytest.fixture
def full_queue() -> Iterator[None]:
    before = get_runtime()
    set_runtime(FullQueue())  # type: ignore[arg-type]
    yield
    set_runtime(before)


@pytest.mark.usefixtures("full_queue")
def test_a_full_queue_is_a_sentence_and_the_rest_of_the_page_is_drawn() -> None:
    page = open_page("classify.py", example="coffee", top_k="2")
    assert [plain(error.value) for error in page.error] == ["The queue is full: try again in a moment."]
    assert page.slider(key="top_k").value == 2
    assert "How it works" in [expander.label for expander in page.expander]
