"""What visitors do on Translate: type, change the direction, look at the attention weights, back-translate."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.exhibits.augment import BackTranslationKnobs, back_translate
from zoo.exhibits.translate import TranslateKnobs, translate
from zoo.exhibits.translate.directions import find_direction

TEXT = "My brother is <b>very</b> tired today."


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/translate")


def test_the_translation_updates_as_one_types(page: Page) -> None:
    page.get_by_role("textbox").fill(TEXT)
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translate(TEXT).translation)
    expect(page.get_by_text("Back-translation:")).to_be_visible()
    expect(page.locator("[aria-label^='Greatest attention weights:']")).to_be_visible()
    assert page.get_by_test_id("stHtml").locator("b", has_text="very").count() == 0  # markup is shown, not run


def test_the_direction_is_changed_and_kept_in_the_link(page: Page) -> None:
    page.get_by_role("radio", name="French → English").click()
    expect(page).to_have_url(re.compile("direction=fr-en"))
    first = next(iter(find_direction("fr-en").source.examples.values()))
    expect(page.get_by_role("textbox", name="French text")).to_have_value(first)  # English would be read as French
    page.get_by_role("textbox", name="French text").fill("Où est la gare ?")
    translation = translate("Où est la gare ?", TranslateKnobs(direction="fr-en")).translation
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translation)
    page.reload()
    settle(page)
    expect(page.get_by_role("textbox", name="French text")).to_be_visible()


def test_the_swap_takes_the_translation_along(page: Page) -> None:
    page.get_by_role("textbox").fill("Thank you.")
    translation = translate("Thank you.").translation
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translation)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("textbox", name="French text")).to_have_value(translation)
    expect(page).to_have_url(re.compile("direction=fr-en"))


def test_a_text_in_the_other_language_is_told_and_translated_by_a_click(page: Page) -> None:
    page.get_by_role("textbox").fill("Où est la gare ?")
    expect(page.get_by_text("This text looks French, not English.")).to_be_visible()
    page.get_by_role("button", name="Translate it from French to English").click()
    expect(page.get_by_role("textbox", name="French text")).to_have_value("Où est la gare ?")
    expect(page.get_by_text("This text looks French")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 420])
def test_the_translation_is_above_the_fold(visit: Visit, server: str, width: int) -> None:
    page = visit(f"{server}/translate", viewport={"width": width, "height": 800})
    expect(page.get_by_test_id("stHtml").locator("p").first).to_be_in_viewport()
    page.locator("[aria-label^='Greatest attention weights:']").scroll_into_view_if_needed()
    assert page.locator("[data-testid=stMain]").evaluate("e => e.scrollWidth <= innerWidth")


def test_an_empty_text_is_refused_and_the_next_one_translated(page: Page) -> None:
    page.get_by_role("textbox").fill("  ")
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("nothing to translate")
    page.get_by_role("textbox").fill("Thank you.")
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translate("Thank you.").translation)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_marian_is_offered_with_its_size_before_the_download(page: Page) -> None:
    page.get_by_role("radio", name="marian").click()
    expect(page.get_by_role("button", name="Download 299 MB and use it")).to_be_visible()
    page.get_by_role("radio", name="bundled").click()
    expect(page.get_by_text("Back-translation:")).to_be_visible()


def test_spanish_is_offered_by_marian_alone(page: Page) -> None:
    page.get_by_role("radio", name="Spanish → English").click()
    expect(page.get_by_role("button", name="Download 310 MB and use it")).to_be_visible()
    expect(page.get_by_role("textbox", name="Spanish text")).to_be_visible()
    expect(page.get_by_role("radio", name="bundled")).to_have_count(0)
    page.get_by_role("radio", name="English → French").click()
    expect(page.get_by_text("Back-translation:")).to_be_visible()


def test_a_sentence_is_back_translated(visit: Visit, server: str) -> None:
    page = visit(f"{server}/augment")
    page.get_by_role("textbox", name="A sentence").fill("My brother is very tired today.")
    page.get_by_role("tab", name="Back-translation").click()
    result = back_translate("My brother is very tired today.", BackTranslationKnobs())
    expect(page.get_by_text(result.pivot)).to_be_visible()
    expect(page.get_by_text(re.compile("back-translated"))).to_be_visible()
    expect(page.get_by_role("button", name="Back-translation as text")).to_be_visible()
