"""What visitors do, from the first request to the last download, and what they must see then."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from PIL import ExifTags, Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import PATIENCE, running_app, settle
from tests.e2e.conftest import Visit
from zoo.core.cards import exhibit_cards
from zoo.core.errors import InputError
from zoo.core.inputs import decode_image
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
    """The bar chart of a model's answer: while a page is drawn anew, the one before may still stand below it."""
    return page.locator(f"[aria-label^='Bar chart of {model}: ']").first


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
    settle(page)  # an upload leaves a new, empty widget in the place of the old one
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


# Arriving


@pytest.fixture
def fresh_server() -> Iterator[str]:
    with running_app() as address:
        yield address


def test_deep_link_may_be_the_first_request_of_a_server(fresh_server: str, visit: Visit) -> None:
    page = visit(f"{fresh_server}/classify")
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


def test_a_walk_through_the_house_and_back(page: Page) -> None:
    """No page minds what another left in the session or in the address."""
    take(page, "rocket")
    titles = [exhibit.title for exhibit in EXHIBITS]
    for title in [*titles[1:], *titles[::-1], "Home", *titles]:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        heading = "A house of living models" if title == "Home" else title
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        settle(page)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


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
        with Image.open(BytesIO(jpeg(name))) as picture:
            assert picture.size == example(name).size
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


def test_upload_is_set_upright_and_survives_what_cannot_be_read(page: Page, server: str) -> None:
    good = jpeg("coffee", turn=True)
    upload(page, "mine.jpg", good)
    expect_picture(page, "Your picture")
    expect_best(page, ask(server, good)["answers"][0])
    assert seen(page).evaluate("image => image.naturalWidth > image.naturalHeight")
    bad = {
        "notes.jpg": b"This is no picture at all.",
        "empty.jpg": b"",
        "truncated.jpg": good[: len(good) // 3],
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    }
    for name, data in bad.items():
        with pytest.raises(InputError) as refusal:
            decode_image(data)
        upload(page, name, data)
        expect(page.get_by_test_id("stAlert")).to_contain_text(str(refusal.value))
        expect_picture(page, "Your picture")
        expect(said(page, DEFAULT_MODEL)).to_be_visible()
    rocket = jpeg("rocket")
    upload(page, "another.jpg", rocket)
    expect(page.get_by_text(str(refusal.value))).to_have_count(0)
    expect_best(page, ask(server, rocket)["answers"][0])


def test_own_picture_comes_back_after_an_example(page: Page) -> None:
    upload(page, "mine.jpg", jpeg("coffee"))
    expect_picture(page, "Your picture")
    take(page, "rocket")
    page.go_back()
    expect_picture(page, "Your picture")


def test_camera_takes_a_picture(page: Page) -> None:
    page.get_by_role("tab", name="Camera").click()
    page.get_by_text("Switch the camera on").click()
    page.wait_for_function("document.querySelector('[data-testid=stCameraInput] video')?.videoWidth > 0")
    page.get_by_role("button", name="Take Photo").click()
    expect_picture(page, "The camera's picture")


def test_two_visitors_do_not_disturb_each_other(visit: Visit, server: str) -> None:
    one, other = visit(f"{server}/classify?example=coffee"), visit(f"{server}/classify?example=rocket")
    upload(one, "mine.jpg", jpeg("flower"))
    expect_picture(one, "Your picture")
    expect_picture(other, TEXTS["rocket"])
    take(other, "astronaut")
    pill(one, MODELS[-1]).click()
    expect(said(one, "average")).to_be_visible()
    expect_picture(one, "Your picture")
    expect_picture(other, TEXTS["astronaut"])
    expect(said(other, "average")).to_have_count(0)


# Asking models


def test_several_models_are_averaged_and_none_means_the_default(page: Page) -> None:
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
            expect(said(page, name)).to_be_visible()
    expect(said(page, "average")).to_be_visible()
    for name in MODELS:
        pill(page, name).click()
    expect(said(page, "average")).to_have_count(0)
    expect(page.locator("[aria-label^='Bar chart of ']")).to_have_count(1)
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    settle(page)
    page.reload()
    expect(said(page, DEFAULT_MODEL)).to_be_visible()


def test_official_weights_without_a_network_leave_the_answer_standing(page: Page) -> None:
    choose_official(page, "mnasnet0_5")
    shelf = page.get_by_test_id("stPopoverBody")
    expect(shelf.get_by_test_id("stAlert")).to_contain_text("could not be downloaded")
    expect(said(page, DEFAULT_MODEL)).to_be_visible()


def test_official_weights_once_fetched_are_asked(page: Page, weights_home: Path) -> None:
    import torch
    from torchvision import models

    # In place of a download, a file of random weights where a download would have left it.
    folder = weights_home / "hub" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    url = models.SqueezeNet1_1_Weights.DEFAULT.url
    torch.save(models.squeezenet1_1(weights=None).state_dict(), folder / url.rpartition("/")[2])
    choose_official(page, "squeezenet1_1")
    expect(said(page, "torchvision/squeezenet1_1")).to_be_visible()
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    expect(said(page, "average")).to_be_visible()


def choose_official(page: Page, name: str) -> None:
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill(name)
    page.get_by_role("option", name=f"torchvision/{name}", exact=True).click()
    page.get_by_role("button", name=re.compile("^Fetch .* and ask it$")).click()


# Looking closer


def test_slider_blends_again_without_asking_a_model(page: Page, server: str) -> None:
    def predictions() -> int:
        return int(httpx2.get(f"{server}/api/v1/figures", timeout=PATIENCE).json()["predictions"])

    expect(seen(page)).to_be_visible()
    before, picture = predictions(), seen(page).get_attribute("src")
    slider(page, HEAT_MAP).press("ArrowRight")
    expect(page).to_have_url(re.compile(r"opacity=56"))
    expect(seen(page)).not_to_have_attribute("src", picture or "")
    assert predictions() == before > 0


def test_heat_map_of_another_class(page: Page) -> None:
    classes = page.get_by_role("radiogroup", name="What speaks for").get_by_role("radio")
    other = classes.nth(1).inner_text()
    classes.nth(1).click()
    expect(seen(page)).to_have_attribute("alt", f"{EXAMPLES[0].text}; what speaks for {other} glows")
    take(page, "rocket")  # which has other classes
    best = classes.first.inner_text()
    expect(seen(page)).to_have_attribute("alt", f"{TEXTS['rocket']}; what speaks for {best} glows")
    assert best != other


# Taking away


def test_link_opens_the_page_as_it_is(visit: Visit, page: Page, server: str) -> None:
    take(page, "coffee")
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
    expect(said(page, "average")).to_be_visible()
    slider(page, HEAT_MAP).press("End")
    expect(page).to_have_url(re.compile(r"opacity=100"))
    link = open_link(page)
    assert parse_qs(urlsplit(link).query) == parse_qs(urlsplit(page.url).query)
    assert link.startswith(f"{server}/classify?")
    copy = visit(link)
    expect_picture(copy, TEXTS["coffee"])
    for name in (*MODELS, "average"):
        expect(said(copy, name)).to_be_visible()
    expect(slider(copy, HEAT_MAP)).to_have_value("100")


def test_downloads_are_what_is_on_screen(page: Page, server: str) -> None:
    data = jpeg("flower", turn=True)
    upload(page, "mine.jpg", data)
    expect_picture(page, "Your picture")
    with page.expect_download() as answers:
        page.get_by_role("button", name="Answers as JSON").click()
    saved, asked = json.loads(Path(answers.value.path()).read_text()), ask(server, data)
    for result in (saved, asked):
        for answer in result["answers"]:
            assert answer.pop("milliseconds") > 0
    assert saved == asked
    with page.expect_download() as picture:
        page.get_by_role("button", name="Picture with heat map").click()
    with Image.open(picture.value.path()) as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == tuple(seen(page).evaluate("image => [image.naturalWidth, image.naturalHeight]"))
    assert picture.value.suggested_filename.endswith(".png")


def test_answer_is_explained_in_five_ways(page: Page) -> None:
    settle(page)
    page.get_by_text("Explained in five ways").click()
    page.get_by_role("button", name="Ask five explanations").click()
    for method in ("Saliency", "SmoothGrad", "Integrated gradients", "Occlusion", "Grad-CAM"):
        expect(page.get_by_alt_text(f"{method} for ")).to_be_visible()
