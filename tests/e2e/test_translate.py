"""What visitors do with two languages: type, turn round, look, go there and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.exhibits.augment import BackKnobs, back_translate
from zoo.exhibits.translate import TranslateKnobs, translate

TEXT = "My brother is <b>very</b> tired today."


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/translate")


def test_the_translation_moves_as_one_types(page: Page) -> None:
    page.get_by_role("textbox").fill(TEXT)
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translate(TEXT).translation)
    expect(page.get_by_text("And back again:")).to_be_visible()
    expect(page.locator("[aria-label^='Where it looked most:']")).to_be_visible()
    assert page.get_by_test_id("stHtml").locator("b", has_text="very").count() == 0  # markup is shown, not run


def test_direction_is_turned_round_and_kept_in_the_link(page: Page) -> None:
    page.get_by_role("radio", name="fr-en").click()
    expect(page).to_have_url(re.compile("direction=fr-en"))
    page.get_by_role("textbox").fill("Où est la gare ?")
    said = translate("Où est la gare ?", TranslateKnobs(direction="fr-en")).translation
    expect(page.get_by_test_id("stHtml").first).to_contain_text(said)
    page.reload()
    settle(page)
    expect(page.get_by_role("textbox", name="French")).to_be_visible()


def test_nothing_typed_is_told_and_the_next_text_works(page: Page) -> None:
    page.get_by_role("textbox").fill("  ")
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("nothing to translate")
    page.get_by_role("textbox").fill("Thank you.")
    expect(page.get_by_test_id("stHtml").first).to_contain_text(translate("Thank you.").translation)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_marian_is_offered_with_its_size_before_it_is_fetched(page: Page) -> None:
    page.get_by_role("radio", name="marian").click()
    expect(page.get_by_role("button", name="Download 299 MB and use it")).to_be_visible()
    page.get_by_role("radio", name="bundled").click()
    expect(page.get_by_text("And back again:")).to_be_visible()


def test_sentence_goes_there_and_back(visit: Visit, server: str) -> None:
    page = visit(f"{server}/augment")
    page.get_by_role("textbox", name="A sentence").fill("My brother is very tired today.")
    page.get_by_role("tab", name="There and back").click()
    found = back_translate("My brother is very tired today.", BackKnobs())
    expect(page.get_by_text(found.pivot)).to_be_visible()
    expect(page.get_by_text(re.compile("translated back"))).to_be_visible()
    expect(page.get_by_role("button", name="What came back as text")).to_be_visible()
