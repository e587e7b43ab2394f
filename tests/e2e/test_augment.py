"""What visitors do on Augment: knobs, links, tables that grow and resume, and a learning curve."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.exhibits.augment import AugmentKnobs, augment

TEXT = "The quick service made the happy crowd <b>very</b> glad!"


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/augment")


def sentences(page: Page) -> list[str]:
    """The new sentences, without the removed words."""
    settle(page)
    read = "nodes => nodes.map(n => [...n.querySelectorAll('span, ins')].map(e => e.textContent).join(' '))"
    return list(page.get_by_test_id("stHtml").locator("p").evaluate_all(read))


def test_page_shows_the_librarys_sentences_for_text_and_knobs(page: Page) -> None:
    page.get_by_role("textbox", name="A sentence").fill(TEXT)
    page.get_by_text("Random swap").click()
    page.get_by_role("slider", name="Seed").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"seed=1\b"))
    expect(page.get_by_test_id("stHtml").locator("p").first).to_contain_text("crowd")
    outputs = augment(TEXT, AugmentKnobs(seed=1, swap=False)).outputs
    order = ("replace", "insert", "delete")
    expected = [output.text for output in sorted(outputs, key=lambda output: order.index(output.operation))]
    assert sentences(page) == expected
    page.reload()
    settle(page)
    expect(page.get_by_role("slider", name="Seed")).to_have_value("1")


@pytest.mark.parametrize("width", [1280, 420])
def test_the_replacements_are_above_the_fold(visit: Visit, server: str, width: int) -> None:
    page = visit(f"{server}/augment", viewport={"width": width, "height": 800})
    expect(page.locator("ins").first).to_be_in_viewport()
    expect(page.get_by_text(re.compile("^replaced · still positive")).first).to_be_in_viewport()


def test_the_pivot_language_has_its_name_on_the_page_and_its_code_in_the_link(visit: Visit, server: str) -> None:
    page = visit(f"{server}/augment?engine=google&language=de")
    page.get_by_role("tab", name="Back-translation").click()
    expect(page.get_by_role("combobox", name="Pivot language")).to_have_value("German")
    expect(page).to_have_url(re.compile("language=de"))


def test_every_operation_off_is_an_error(page: Page) -> None:
    for name in ("Synonym replacement", "Random insertion", "Random swap", "Random deletion"):
        page.get_by_text(name, exact=True).click()
        settle(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("switch one on")
    page.get_by_text("Random swap", exact=True).click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_table_grows_and_is_downloaded(page: Page) -> None:
    rows = "".join(f"{number},the happy dog number {'a' * number} ran quickly to the film\n" for number in range(60))
    page.get_by_role("tab", name="A table").click()
    upload(page, "t.csv", f"label,text\n{rows}".encode())
    page.get_by_role("button", name="Augment the table").click()
    expect(page.get_by_text(re.compile(r"60 rows became \d+"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Augmented table").click()
    with Path(download.value.path()).open(newline="") as file:
        table = list(csv.DictReader(file))
    assert sum(row["operation"] == "original" for row in table) == 60
    assert len(table) > 200
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_a_cancelled_table_is_resumed(page: Page) -> None:
    rows = "".join(f"the happy dog number {'a' * (n % 90)} ran {n} times to the old house\n" for n in range(60_000))
    page.get_by_role("tab", name="A table").click()
    upload(page, "t.csv", f"text\n{rows}".encode())
    page.get_by_role("button", name="Augment the table").click()
    expect(
        page.get_by_text(re.compile(r"[1-9][\d,]* rows read"))
    ).to_be_visible()  # until then there is nothing to resume
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()


def test_a_learning_curve_is_drawn(page: Page) -> None:
    rows = "".join(f"a {('happy', 'sad')[number % 2]} film number {number},{number % 2}\n" for number in range(90))
    page.get_by_role("tab", name="Learning curve").click()
    upload(page, "t.csv", f"text,label\n{rows}".encode(), place=-1)
    expect(page.get_by_text("Choose the column with the labels first")).to_be_visible()
    page.get_by_role("combobox", name="Column with the labels").click()
    page.get_by_role("option", name="label").click()
    page.get_by_role("button", name="Draw the learning curve").click()
    expect(page.locator("[aria-label^='Accuracy against rows: 20 rows original']")).to_be_visible()
    expect(page.get_by_role("button", name="Learning curve as CSV")).to_be_visible()
