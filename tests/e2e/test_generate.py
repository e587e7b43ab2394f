"""Visitors of Generate: streaming, stopping, continuing, links, candidates, attention, perplexity, fine-tuning."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import upload
from tests.e2e.conftest import Visit

DONE = re.compile(r"jeeves · .*tokens per second")


@pytest.fixture
def opened(visit: Visit, server: str) -> Visit:
    def open_page(link: str) -> Page:
        return visit(f"{server}/generate?{link}")

    return open_page


def text_on_screen(page: Page) -> str:
    return page.locator("[data-testid=stHtml] p").first.inner_text()


def stop(page: Page) -> None:
    """By the page's own button: Streamlit has one of that name too, while a script runs."""
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()


def test_a_text_streams_and_stays_when_it_is_stopped(opened: Visit) -> None:
    page = opened("length=400&method=beam&beams=8")  # the slowest there is: it must not be done before it is stopped
    page.wait_for_function("/\\b([4-9]|\\d\\d+) of at most 400 tokens/.test(document.body.innerText)")
    stop(page)
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.get_by_text(DONE)).to_be_visible()
    before = text_on_screen(page)
    assert before.startswith("It was one of those mornings when")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.wait_for_function("before => document.body.innerText.includes(before)", arg=before[:60])
    stop(page)
    expect(page.get_by_text("Stopped.")).to_be_visible()


def test_another_text_has_a_new_seed_and_the_one_before_is_a_click_away(opened: Visit) -> None:
    page = opened("length=10&seed=7")
    expect(page.get_by_text("seed 7 ·")).to_be_visible()
    first = text_on_screen(page)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("Text 2 of 2")).to_be_visible()
    expect(page.get_by_text("seed 7 ·")).to_have_count(0)
    assert text_on_screen(page) != first
    page.get_by_role("button", name="Earlier").click()
    expect(page.get_by_text("Text 1 of 2")).to_be_visible()
    expect(page.get_by_text("seed 7 ·")).to_be_visible()
    assert text_on_screen(page) == first
    expect(page).to_have_url(re.compile("seed=7"))


def test_what_was_typed_just_before_the_click_is_continued(opened: Visit) -> None:
    page = opened("length=5")
    expect(page.get_by_text(DONE)).to_be_visible()
    page.get_by_role("textbox", name="Prompt").fill("The dog looked at me and")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("Text 2 of 2")).to_be_visible()
    assert text_on_screen(page).startswith("The dog looked at me and")


@pytest.mark.parametrize("width", [1280, 420])
def test_the_text_is_above_the_fold(visit: Visit, server: str, width: int) -> None:
    page = visit(f"{server}/generate?length=10", viewport={"width": width, "height": 800})
    expect(page.get_by_text(DONE)).to_be_in_viewport()


def test_a_link_gives_the_same_text_and_it_can_be_downloaded(opened: Visit) -> None:
    texts = []
    for _ in range(2):
        page = opened("length=20&seed=7")  # the first text begins without a click
        expect(page.get_by_text(DONE)).to_be_visible()
        texts.append(text_on_screen(page))
    assert texts[0] == texts[1]
    with page.expect_download() as download:
        page.get_by_role("button", name="Record as JSON").click()
    record = json.loads(Path(download.value.path()).read_text())
    assert record["prompt"] + record["samples"][0]["text"] == texts[0]


def test_tabs_show_candidates_attention_and_perplexity(opened: Visit) -> None:
    page = opened("length=10")
    expect(page.get_by_text("The candidates for")).to_be_visible()
    page.get_by_role("tab", name="Attention").click()
    expect(page.get_by_role("slider", name="Layer")).to_be_visible()
    page.get_by_role("tab", name="Perplexity").click()
    expect(page.get_by_text(re.compile(r"Perplexity [\d,.]+ · "))).to_be_visible()


def test_markup_in_a_prompt_is_text(opened: Visit) -> None:
    page = opened("length=5&text=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D%27run%27%22%3E")
    expect(page.get_by_text(DONE)).to_be_visible()
    assert "<img src=x" in text_on_screen(page)
    assert page.title() != "run"


def test_a_model_is_fine_tuned_used_and_removed(opened: Visit) -> None:
    page = opened("length=5&fine_tune_steps=10")
    page.get_by_role("tab", name="Fine-tune").click()
    upload(page, "a.txt", b"\0\1\2" * 99)
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("not a text file")
    upload(page, "a.txt", b"The cat Chelsea sleeps on the warm roof of the zoo. " * 60)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("My model is saved")).to_be_visible()
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text(re.compile(r"own/[0-9a-f]{16} · "))).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("My model is saved")).to_have_count(0)
