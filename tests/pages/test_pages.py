"""The pages as scripts: what they draw for a link, and what they say when something is wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from zoo.core.cards import exhibit_cards
from zoo.core.errors import BusyError
from zoo.core.runtime import get_runtime, set_runtime
from zoo.examples import EXAMPLES
from zoo.exhibits import EXHIBITS
from zoo.exhibits.classify.knobs import DEFAULT_MODEL, ClassifyKnobs, HeatMapKnobs

ROOT = Path(__file__).parents[2]


def opened(script: str, **link: Any) -> AppTest:
    """A page as a visitor with this link first sees it."""
    page = AppTest.from_file(str(ROOT / "pages" / script), default_timeout=120)
    for name, value in link.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption))


def test_home_shows_every_exhibit_with_its_models_and_what_they_permit() -> None:
    page = opened("router.py")
    assert [heading.value for heading in page.header] == [exhibit.invitation for exhibit in EXHIBITS]
    for exhibit in EXHIBITS:
        assert exhibit.sentence in said(page)
        for card in exhibit_cards(exhibit.name):
            assert card.name in said(page)
            assert card.restriction.capitalize() in said(page)


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_every_exhibit_explains_itself_and_shows_its_code(exhibit: Any) -> None:
    page = opened(f"{exhibit.name}.py")
    assert page.title[0].value == exhibit.title
    assert exhibit.sentence in said(page)
    assert {"How it works", "Use it from code"} <= {expander.label for expander in page.expander}
    assert "arxiv.org" in said(page)
    snippets = [code.value for code in page.code]
    assert any(f"from zoo.{exhibit.name} import" in text for text in snippets)
    assert any(f"python -m zoo {exhibit.name}" in text for text in snippets)
    assert any(f"/api/v1/{exhibit.name}" in text for text in snippets)


def test_link_sets_the_knobs() -> None:
    page = opened("classify.py", example="rocket", top_k="3", opacity="20", model=["mobilenet-v2", "resnet-18"])
    assert {slider.key: slider.value for slider in page.slider} == {"top_k": 3, "opacity": 20}
    python, shell, curl = (code.value for code in page.code)
    assert "top_k=3" in python
    assert "--top-k 3" in shell
    assert "top_k=3" in curl
    for text in (python, shell, curl):
        assert "rocket" in text
        assert "resnet-18" in text
    for name in ("mobilenet-v2", "resnet-18", "average"):
        assert f"**{name}**" in said(page)


def test_nonsense_in_a_link_leaves_the_defaults() -> None:
    page = opened("classify.py", example="unicorn", top_k="999", opacity="much", model="oracle")
    defaults = {"top_k": ClassifyKnobs().top_k, "opacity": HeatMapKnobs().opacity}
    assert {slider.key: slider.value for slider in page.slider} == defaults
    assert f"**{DEFAULT_MODEL}**" in said(page)
    assert EXAMPLES[0].name in page.code[0].value


def test_example_button_is_the_same_as_its_link() -> None:
    page = opened("classify.py")
    page.button(key="take-coffee").click().run()
    assert page.query_params["example"] == "coffee"
    assert "coffee" in page.code[0].value


class FullHouse:
    """A runtime that takes nothing more."""

    def run(self, *arguments: object) -> None:
        raise BusyError("All places are taken: try again in a moment.", retry_after=1.0)


@pytest.fixture
def full_house() -> Iterator[None]:
    before = get_runtime()
    set_runtime(FullHouse())  # type: ignore[arg-type]
    yield
    set_runtime(before)


@pytest.mark.usefixtures("full_house")
def test_full_house_is_a_sentence_and_the_rest_of_the_page_stands() -> None:
    page = opened("classify.py", example="coffee", top_k="2")
    assert [error.value for error in page.error] == ["All places are taken: try again in a moment."]
    assert page.slider(key="top_k").value == 2
    assert "How it works" in [expander.label for expander in page.expander]
