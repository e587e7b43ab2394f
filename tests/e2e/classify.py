"""The elements of the page Classify, and what they are expected to show."""

import re
from io import BytesIO
from typing import Any

import httpx2
from PIL import ExifTags, Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import PATIENCE
from zoo.core.cards import exhibit_cards
from zoo.examples import EXAMPLES, example

MODELS = [card.name for card in exhibit_cards("classify")]
EVERY_MODEL = "&".join(f"model={name}" for name in MODELS)
TEXTS = {sample.name: sample.text for sample in EXAMPLES}
HEAT_MAP = "Heat map (%)"


def heat_map(page: Page) -> Locator:
    """The picture under its heat map."""
    return page.get_by_alt_text(", under a heat map of the evidence for")


def chart(page: Page, model: str) -> Locator:
    """The bar chart of a model's answer. While a page is drawn again, the previous one may still be below it."""
    return page.locator(f"[aria-label^='Bar chart of {model}: ']").first


def expect_picture(page: Page, text: str) -> None:
    expect(heat_map(page)).to_have_attribute(
        "alt", re.compile(f"^{re.escape(text)}, under a heat map of the evidence for")
    )


def expect_best(page: Page, answer: dict[str, Any]) -> None:
    """The chart of an answer begins with its most probable class."""
    best = answer["predictions"][0]["label"]
    expect(chart(page, answer["model"])).to_have_attribute("aria-label", re.compile(f": {re.escape(best)} "))


def choose_example(page: Page, name: str) -> None:
    """Choose an example and wait for its answer."""
    page.get_by_role("radio", name=name, exact=True).click()
    expect_picture(page, TEXTS[name])


def jpeg(name: str, rotated: bool = False) -> bytes:
    """An example as a JPEG file; on request stored rotated, with the orientation in its EXIF block."""
    image, exif = example(name), Image.Exif()
    if rotated:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[ExifTags.Base.Orientation] = 6
    file = BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def classify_over_http(address: str, data: bytes, **fields: Any) -> dict[str, Any]:
    """The API's result for a picture."""
    response = httpx2.post(f"{address}/api/v1/classify", files={"image": data}, data=fields, timeout=PATIENCE)
    return dict(response.raise_for_status().json())


def pill(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True)


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def open_link(page: Page) -> str:
    """The address in the popover."""
    page.get_by_role("button", name="Link", exact=True).click()
    code = page.get_by_test_id("stPopoverBody").locator("code")
    expect(code).to_contain_text("http")
    return code.inner_text()
