"""The Sentiment page in a browser: typing, examples, links, official models, tables, cancelled jobs."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import zoo
from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from tests.hub import ROBERTA, write_roberta
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL
from zoo.exhibits.sentiment.labels import LABELS

ROWS = [("I love it so much", "positive"), ("I hate it so much", "negative")]


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/sentiment")


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="A text: the prediction updates as you type")


def expect_prediction_of(page: Page, text: str) -> None:
    """The chart shows the probabilities that the model gives to the text."""
    predictions = {p.label: p.probability for p in zoo.sentiment(text).answers[0].predictions}
    values = ", ".join(f"{label} {predictions[label]:.0%}" for label in LABELS)
    chart = page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")
    expect(chart).to_have_attribute("aria-label", f"Bar chart of {DEFAULT_MODEL}: {values}")


def table(rows: int) -> bytes:
    lines = (f"{number};{ROWS[number % 2][0]};{ROWS[number % 2][1]}" for number in range(rows))
    return "\n".join(["id;tweet;truth", *lines]).encode()


def test_the_prediction_updates_while_typing(page: Page) -> None:
    field(page).fill("this is awful")
    expect_prediction_of(page, "this is awful")
    expect(field(page)).to_be_focused()
    field(page).press_sequentially(" but I love it, thank you!! :)")
    expect_prediction_of(page, "this is awful but I love it, thank you!! :)")
    expect(page.get_by_title(re.compile(r"^[+-]\d\.\d+$")).filter(has_text="love")).to_be_visible()


def test_a_downloaded_model_is_used_beside_the_bundled_one(visit: Visit, server: str, weights_home: Path) -> None:
    write_roberta(weights_home / "hub")  # in place of a download
    page = visit(f"{server}/sentiment")
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill("roberta")
    page.get_by_role("option", name=ROBERTA).click()
    expect(page.get_by_text("RoBERTa on tweets")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    for name in (DEFAULT_MODEL, ROBERTA):
        expect(page.locator(f"[aria-label^='Bar chart of {name}: ']")).to_be_visible()


def test_an_example_replaces_the_typed_text(page: Page) -> None:
    for _ in range(2):
        example(page, "Complaint").click()
        expect(field(page)).to_have_value(re.compile("three hours late"))
        expect_prediction_of(page, field(page).input_value())
        field(page).fill("I love it")
        expect_prediction_of(page, "I love it")


def example(page: Page, name: str) -> Locator:
    return page.locator(".st-key-text-examples").get_by_role("button", name=name)


def test_the_chosen_example_is_marked_until_the_text_is_changed(page: Page) -> None:
    expect(example(page, "Praise")).to_contain_text("check")  # the name of the icon
    example(page, "Irony").click()
    expect(example(page, "Irony")).to_contain_text("check")
    expect(example(page, "Praise")).not_to_contain_text("check")
    expect(page.get_by_text("Irony is often missed")).to_be_visible()
    field(page).fill("I love it")
    expect(example(page, "Irony")).not_to_contain_text("check")
    expect(page.get_by_text("Irony is often missed")).to_have_count(0)


def test_what_is_typed_stays_when_a_knob_is_changed_at_once(page: Page) -> None:
    field(page).fill("I hate it")
    page.get_by_text("Neutral class").click()
    settle(page)
    expect(field(page)).to_have_value("I hate it")
    expect(page.get_by_title(re.compile(r"^[+-]\d\.\d+$")).filter(has_text="hate")).to_be_visible()


def test_the_typed_text_is_there_on_return(page: Page) -> None:
    field(page).fill("I love it")
    expect_prediction_of(page, "I love it")
    page.get_by_role("link", name="Translate", exact=True).click()
    expect(page.get_by_role("heading", name="Translate", exact=True)).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Sentiment of text").click()
    expect(field(page)).to_have_value("I love it")
    expect_prediction_of(page, "I love it")


@pytest.mark.parametrize("width", [1280, 420])
def test_the_answer_is_above_the_fold(visit: Visit, server: str, width: int) -> None:
    page = visit(f"{server}/sentiment", viewport={"width": width, "height": 800})
    expect(page.get_by_role("heading", name=re.compile("positive, "))).to_be_in_viewport()
    expect(page.get_by_title(re.compile(r"^[+-]\d\.\d+$")).filter(has_text="love")).to_be_in_viewport()


def test_a_pinned_answer_is_compared_with_that_of_an_edited_text(page: Page) -> None:
    field(page).fill("I love it")
    expect_prediction_of(page, "I love it")
    page.get_by_role("button", name="Pin", exact=True).click()
    field(page).fill("I hate it")
    expect(page.get_by_text("text: I love it → I hate it")).to_be_visible()


def test_the_link_restores_text_and_knob(page: Page, visit: Visit) -> None:
    text = '50% off & #more, "quoted" 😀 <b>bold</b>'
    field(page).fill(text)
    page.get_by_text("Neutral class").click()
    expect(
        page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: negative']:not([aria-label*=neutral])")
    ).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Link", exact=True).click()
    code = page.get_by_test_id("stPopoverBody").locator("code")
    expect(code).to_contain_text("text=")
    copy = visit(code.inner_text())
    expect(field(copy)).to_have_value(text)
    expect(
        copy.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: negative']:not([aria-label*=neutral])")
    ).to_be_visible()
    expect(copy.get_by_title(re.compile("^[+-]")).filter(has_text="<b>bold</b>")).to_be_visible()


def test_an_empty_text_gives_an_error_and_the_next_text_works(page: Page) -> None:
    field(page).fill("")
    expect(page.get_by_test_id("stAlert")).to_contain_text("The text is empty")
    field(page).fill("I love it")
    expect_prediction_of(page, "I love it")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_table_is_annotated_and_downloaded(page: Page) -> None:
    page.get_by_role("tab", name="A table").click()
    upload(page, "notes.csv", b"PK\x03\x04 a workbook")
    expect(page.get_by_test_id("stAlert")).to_contain_text("save the table as CSV")
    page.get_by_role("button", name="Remove").click()
    upload(page, "tweets.csv", table(300))
    expect(page.get_by_text("Read as CSV: separator semicolon")).to_be_visible()
    page.get_by_role("combobox", name="Column with the true label").click()
    page.get_by_role("option", name="truth").click()
    page.get_by_role("button", name="Classify the rows").click()
    expect(page.get_by_text("300 rows", exact=True)).to_be_visible()
    expect(page.get_by_text("Confusion matrix")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Table with sentiment").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    predicted = {text: zoo.sentiment(text).answers[0].predictions[0].label for text, _ in ROWS}
    assert all(row["sentiment"] == predicted[row["tweet"]] for row in rows)


def test_a_long_table_can_be_cancelled_while_the_page_stays_usable(page: Page) -> None:
    page.get_by_role("tab", name="A table").click()
    upload(page, "tweets.csv", table(200_000))
    page.get_by_role("button", name="Classify the rows").click()
    expect(page.get_by_text(re.compile(r"rows · about \d+ s left"))).to_be_visible()
    page.get_by_role("tab", name="A text").click()
    field(page).fill("this is awful")
    expect_prediction_of(page, "this is awful")
    page.get_by_role("tab", name="A table").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
