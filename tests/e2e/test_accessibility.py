"""Accessibility of every page: small screens, contrast in both themes, alternative texts, keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.examples import EXAMPLES
from zoo.exhibits import EXHIBITS

PATHS = ["", *(exhibit.name for exhibit in EXHIBITS)]

# Not measured: captions, which Streamlit fades, and selected options, which are in the theme's primary colour.
EXCLUDED = "[data-testid=stCaptionContainer], [data-testid=stSlider], [aria-selected=true], [data-selected=true]"

# Texts with too little contrast to their background (WCAG 2.2: 4.5 to 1).
LOW_CONTRAST = """excluded => {
  const rgba = colour => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [r, g, b, a] }
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]))
  const background = element => {
    if (!element) return [255, 255, 255]
    const colour = rgba(getComputedStyle(element).backgroundColor)
    return colour[3] == 1 ? colour.slice(0, 3) : over(colour, background(element.parentElement))
  }
  const luminance = colour => {
    const [r, g, b] = colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = element => {
    const style = getComputedStyle(element), under = background(element)
    const ink = over(rgba(element instanceof SVGElement ? style.fill : style.color), under)
    const [dark, light] = [luminance(ink), luminance(under)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const texts = [...document.querySelectorAll("[data-testid=stMain] :is(h1, h2, p, li, a, text)")].filter(
    e => e.textContent.trim() && e.getClientRects().length && !e.closest(excluded))
  return [texts.length, texts.filter(e => contrast(e) < 4.5).map(e => `${e.textContent} (${contrast(e).toFixed(1)})`)]
}"""


@pytest.mark.parametrize("path", PATHS)
def test_a_page_works_on_a_small_screen_in_both_themes_and_read_aloud(visit: Visit, server: str, path: str) -> None:
    """A small screen scrolls vertically only, text has enough contrast, and pictures have alternative texts."""
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
        count, low = page.evaluate(LOW_CONTRAST, EXCLUDED)
        assert count > 5
        assert (scheme, low) == (scheme, [])
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
        *(sample.name.capitalize() for sample in EXAMPLES),
        "Upload",
        "Heat map (%)",
        "Picture with heat map",
        "Predictions as JSON",
        "Top-k (classes)",
        "How it works",
    ]
    missing = [label for label in wanted if not any(label in text for text in reached)]
    assert not missing, reached
