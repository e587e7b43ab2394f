"""What visitors do with words: typing, tables, links, and texts that are none."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from tests.hub import ROBERTA, write_roberta
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL

ROWS = [("I love it so much", "positive"), ("I hate it so much", "negative")]


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/sentiment")


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="A tweet: the answer moves as you type")


def expect_best(page: Page, label: str) -> None:
    """The bar of the label is the longest: more than half of the odds."""
    pattern = re.compile(rf"^Bar chart of {DEFAULT_MODEL}: .*{label} ([5-9]\d|100)%")
    expect(page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")).to_have_attribute("aria-label", pattern)


def table(rows: int) -> bytes:
    lines = (f"{number};{ROWS[number % 2][0]};{ROWS[number % 2][1]}" for number in range(rows))
    return "\n".join(["id;tweet;truth", *lines]).encode()


def test_answer_moves_while_one_types(page: Page) -> None:
    expect_best(page, "positive")
    field(page).fill("this is awful")
    expect_best(page, "negative")
    expect(field(page)).to_be_focused()
    field(page).press_sequentially(" but I love it, thank you!! :)")
    expect(page.get_by_title(re.compile(r"^\+0\.\d+$")).filter(has_text="love")).to_be_visible()


def test_official_model_once_fetched_is_asked_beside_ours(visit: Visit, server: str, weights_home: Path) -> None:
    write_roberta(weights_home / "hub")  # in place of a download
    page = visit(f"{server}/sentiment")
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill("roberta")
    page.get_by_role("option", name=ROBERTA).click()
    expect(page.get_by_text("RoBERTa on tweets")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Fetch 499 MB and ask it$")).click()
    for name in (DEFAULT_MODEL, ROBERTA):
        expect(page.locator(f"[aria-label^='Bar chart of {name}: ']")).to_be_visible()


def test_example_replaces_what_was_typed(page: Page) -> None:
    for _ in range(2):
        page.get_by_role("button", name="Complaint", exact=True).click()
        expect(field(page)).to_have_value(re.compile("three hours late"))
        expect_best(page, "negative")
        field(page).fill("I love it")
        expect_best(page, "positive")


def test_link_restores_text_and_knob(page: Page, visit: Visit) -> None:
    text = '50% off & #more, "quoted" 😀 <b>bold</b>'
    field(page).fill(text)
    page.get_by_text("Neutral counts").click()
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


def test_nothing_to_read_is_said_and_the_next_text_works(page: Page) -> None:
    field(page).fill("")
    expect(page.get_by_test_id("stAlert")).to_contain_text("nothing to read")
    field(page).fill("I love it")
    expect_best(page, "positive")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_table_is_read_and_taken_away(page: Page) -> None:
    page.get_by_role("tab", name="A table").click()
    upload(page, "notes.csv", b"PK\x03\x04 a workbook")
    expect(page.get_by_test_id("stAlert")).to_contain_text("save the table as CSV")
    page.get_by_role("button", name="Remove").click()
    upload(page, "tweets.csv", table(300))
    page.get_by_role("combobox", name="Column with the true label").click()
    page.get_by_role("option", name="truth").click()
    page.get_by_role("button", name="Read the table").click()
    expect(page.get_by_text("300 rows", exact=True)).to_be_visible()
    expect(page.get_by_text("True label against the model's")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="The table with its sentiment").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 300
    assert all(row["sentiment"] == row["truth"] for row in rows)


def test_long_table_can_be_cancelled_while_the_page_goes_on(page: Page) -> None:
    page.get_by_role("tab", name="A table").click()
    upload(page, "tweets.csv", table(200_000))
    page.get_by_role("button", name="Read the table").click()
    expect(page.get_by_text(re.compile(r"rows · about \d+ s left"))).to_be_visible()
    page.get_by_role("tab", name="A tweet").click()
    field(page).fill("this is awful")
    expect_best(page, "negative")
    page.get_by_role("tab", name="A table").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
