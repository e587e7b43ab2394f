"""Whoever comes with a small screen, by night, or without a mouse can use the pages too."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.examples import EXAMPLES
from zoo.exhibits import EXHIBITS

PATHS = ["", *(exhibit.name for exhibit in EXHIBITS)]

# What stays out: captions, which Streamlit fades, and what is chosen, which it writes in the theme's primary colour.
UNREAD = "[data-testid=stCaptionContainer], [data-testid=stSlider], [aria-selected=true], [data-selected=true]"

# Text that is too pale for the ground it stands on (WCAG 2.2: 4.5 to 1).
PALE = """unread => {
  const rgba = colour => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [r, g, b, a] }
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]))
  const ground = element => {
    if (!element) return [255, 255, 255]
    const colour = rgba(getComputedStyle(element).backgroundColor)
    return colour[3] == 1 ? colour.slice(0, 3) : over(colour, ground(element.parentElement))
  }
  const luminance = colour => {
    const [r, g, b] = colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = element => {
    const style = getComputedStyle(element), under = ground(element)
    const ink = over(rgba(element instanceof SVGElement ? style.fill : style.color), under)
    const [dark, light] = [luminance(ink), luminance(under)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const words = [...document.querySelectorAll("[data-testid=stMain] :is(h1, h2, p, li, a, text)")].filter(
    e => e.textContent.trim() && e.getClientRects().length && !e.closest(unread))
  return [words.length, words.filter(e => contrast(e) < 4.5).map(e => `${e.textContent} (${contrast(e).toFixed(1)})`)]
}"""


@pytest.mark.parametrize("path", PATHS)
def test_page_is_read_on_a_small_screen_by_day_by_night_and_aloud(visit: Visit, server: str, path: str) -> None:
    """A small screen scrolls one way only, text stands out from its ground, and pictures have words."""
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
        count, pale = page.evaluate(PALE, UNREAD)
        assert count > 5
        assert (scheme, pale) == (scheme, [])
    pictures = page.locator("img:not([aria-hidden=true], [role=presentation])")
    assert pictures.count() > 0
    assert all(picture.get_attribute("alt") for picture in pictures.all())


def test_everything_is_reached_by_keyboard(page: Page) -> None:
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
        *(sample.name.capitalize() for sample in EXAMPLES),
        "Upload",
        "Heat map (%)",
        "Picture with heat map",
        "Answers as JSON",
        "Answers shown (classes)",
        "How it works",
    ]
    missing = [label for label in wanted if not any(label in text for text in reached)]
    assert not missing, reached
