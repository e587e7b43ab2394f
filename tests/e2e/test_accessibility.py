"""Accessibility of every page: small screens, contrast in both themes, alternative texts, keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.exhibits import DASHBOARD, EXHIBITS

# Home and one exhibit by `make test`, the others by `make pages`.
PATHS = ["", EXHIBITS[0].name]
PATHS += [pytest.param(each.name, marks=pytest.mark.slow) for each in (*EXHIBITS[1:], DASHBOARD)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line for each element."""
    response = Axe().run(page, options=RULES).response
    return [f"{rule['id']}: {node['html'][:200]}" for rule in response["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_works_on_a_small_screen_in_both_themes_and_read_aloud(visit: Visit, server: str, path: str) -> None:
    """A small screen scrolls vertically only; axe-core has no complaint (WCAG 2.1 AA); pictures have texts."""
    page = visit(
        f"{server}/{path}",
        viewport={"width": 420, "height": 900},
    )
    for element in ("html", "[data-testid=stMain]"):
        assert page.locator(element).evaluate("e => e.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Expand sidebar")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert (scheme, violations(page)) == (scheme, [])
    pictures = page.locator("img:not([aria-hidden=true], [role=presentation])")
    assert pictures.count() > 0
    assert all(picture.get_attribute("alt") for picture in pictures.all())


def test_every_control_is_reached_by_keyboard(page: Page) -> None:
    name = """() => {
        const element = document.activeElement
        return element.getAttribute("aria-label") || element.innerText || element.tagName
    }"""
    reached: list[str] = []
    page.locator("body").focus()
    while len(reached) < 100 and "The models" not in str(reached[-1:]):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(name))
    wanted = [
        "Classify",
        "Chelsea",  # as it is drawn: with a capital
        "Upload",
        "Heat map (%)",
        "Picture with heat map",
        "Predictions as JSON",
        "Top-k (classes)",
        "How it works",
    ]
    missing = [label for label in wanted if not any(label in text for text in reached)]
    assert not missing, reached
