"""What visitors do, from the first request to the last download, and what they must see then."""

import re
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import PATIENCE, running_app, settle
from tests.e2e.conftest import Visit
from zoo.core.cards import exhibit_cards
from zoo.examples import EXAMPLES, example
from zoo.exhibits import EXHIBITS
from zoo.knobs.classify import DEFAULT_MODEL, HeatMapKnobs

MODELS = [card.name for card in exhibit_cards("classify")]
EVERY_MODEL = "&".join(f"model={name}" for name in MODELS)
TEXTS = {sample.name: sample.text for sample in EXAMPLES}
HEAT_MAP = "Heat map (%)"


def seen(page: Page) -> Locator:
    """The picture under its heat map."""
    return page.get_by_alt_text("; what speaks for")


def said(page: Page, model: str) -> Locator:
    """The bar chart of a model's answer."""
    return page.locator(f"[aria-label^='Bar chart of {model}: ']")


def expect_picture(page: Page, text: str) -> None:
    expect(seen(page)).to_have_attribute("alt", re.compile(f"^{re.escape(text)}; what speaks for"))


def expect_best(page: Page, answer: dict[str, Any]) -> None:
    """The chart of an answer begins with its most probable class."""
    best = answer["predictions"][0]["label"]
    expect(said(page, answer["model"])).to_have_attribute("aria-label", re.compile(f": {re.escape(best)} "))


def take(page: Page, name: str) -> None:
    """Choose an example and wait for its answer."""
    page.get_by_role("button", name=name.capitalize(), exact=True).click()
    expect_picture(page, TEXTS[name])


def upload(page: Page, name: str, data: bytes) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": data}
    )


def jpeg(name: str, turn: bool = False) -> bytes:
    """An example as a JPEG file; on request lying on its side, with the EXIF note that sets it upright."""
    image, exif = example(name), Image.Exif()
    if turn:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[ExifTags.Base.Orientation] = 6
    file = BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def ask(address: str, data: bytes, **fields: Any) -> dict[str, Any]:
    """What the API says of a picture."""
    response = httpx.post(f"{address}/api/v1/classify", files={"image": data}, data=fields, timeout=PATIENCE)
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


# Arriving


def test_deep_link_may_be_the_first_request_of_a_server(visit: Visit) -> None:
    with running_app() as address:
        page = visit(f"{address}/classify")
        expect(page.get_by_role("heading", name="Classify", level=1)).to_be_visible()
        links = page.get_by_test_id("stSidebarNav").get_by_role("link")
        expect(links).to_have_count(1 + len(EXHIBITS))
        for position, title in enumerate(["Home", *(exhibit.title for exhibit in EXHIBITS)]):
            expect(links.nth(position)).to_have_accessible_name(title)
        expect(said(page, DEFAULT_MODEL)).to_be_visible()


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_home_leads_to_every_exhibit(visit: Visit, server: str, exhibit: Any) -> None:
    page = visit(server)
    expect(page.get_by_alt_text(exhibit.picture)).to_be_visible()
    page.get_by_role("link", name=f"Open {exhibit.title}").click()
    expect(page.get_by_role("heading", name=exhibit.title, level=1)).to_be_visible()
    expect(page).to_have_url(f"{server}/{exhibit.name}")


def test_link_restores_every_knob_at_first_sight(visit: Visit, server: str, page: Page) -> None:
    restored = visit(f"{server}/classify?example=coffee&{EVERY_MODEL}&top_k=7&opacity=0")
    for name in (*MODELS, "average"):
        label = said(restored, name).get_attribute("aria-label")
        assert label
        assert label.count("%") == 7
    expect(slider(restored, HEAT_MAP)).to_have_value("0")
    # The same picture is served under the same address, so that equal addresses mean equal pictures.
    take(page, "coffee")
    covered = seen(page).get_attribute("src")
    slider(page, HEAT_MAP).press("Home")
    expect(seen(page)).not_to_have_attribute("src", covered or "")
    assert seen(page).get_attribute("src") == seen(restored).get_attribute("src")


def test_nonsense_in_a_link_does_no_harm(visit: Visit, server: str) -> None:
    page = visit(f"{server}/classify?example=unicorn&model=oracle&top_k=999&opacity=-5&class=nothing&more=1")
    expect_picture(page, EXAMPLES[0].text)
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    default = HeatMapKnobs.model_fields["opacity"].default
    expect(slider(page, HEAT_MAP)).to_have_value(str(default))


# Choosing a picture


def test_example_changes_the_answer_and_the_link(page: Page, server: str) -> None:
    expect_picture(page, EXAMPLES[0].text)
    for name in ("coffee", "rocket"):
        take(page, name)
        expect(page).to_have_url(f"{server}/classify?example={name}")
        expect_best(page, ask(server, jpeg(name))["answers"][0])
    page.go_back()
    expect_picture(page, TEXTS["coffee"])
    page.reload()
    expect_picture(page, TEXTS["coffee"])


def test_double_click_on_an_example_is_one_choice(page: Page) -> None:
    page.get_by_role("button", name="Coffee", exact=True).dblclick()
    expect_picture(page, TEXTS["coffee"])
    settle(page)
    expect_picture(page, TEXTS["coffee"])
    take(page, "rocket")


def test_own_picture_comes_back_after_an_example(page: Page) -> None:
    upload(page, "mine.jpg", jpeg("coffee"))
    expect_picture(page, "Your picture")
    take(page, "rocket")
    page.go_back()
    expect_picture(page, "Your picture")


def test_camera_takes_a_picture(page: Page) -> None:
    page.get_by_role("tab", name="Camera").click()
    page.get_by_text("Switch the camera on").click()
    page.get_by_role("button", name="Take Photo").click()
    expect_picture(page, "The camera's picture")


# Asking models


def choose_official(page: Page, name: str) -> None:
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill(name)
    page.get_by_role("option", name=f"torchvision/{name}", exact=True).click()
    page.get_by_role("button", name=re.compile("^Fetch .* and ask it$")).click()


# Looking closer


# Taking away
