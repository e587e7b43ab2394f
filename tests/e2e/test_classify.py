"""Classify in the browser: several models, the heat map, explanations, link and downloads."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import PATIENCE, settle, upload
from tests.e2e.classify import (
    HEAT_MAP,
    MODELS,
    TEXTS,
    chart,
    choose_example,
    classify_over_http,
    expect_picture,
    heat_map,
    jpeg,
    open_link,
    pill,
    slider,
)
from tests.e2e.conftest import Visit
from zoo.examples import EXAMPLES
from zoo.exhibits.classify.knobs import DEFAULT_MODEL

# Models


def test_several_models_have_an_ensemble_and_one_stays_selected(page: Page) -> None:
    expect(chart(page, DEFAULT_MODEL)).to_be_visible()
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
            expect(chart(page, name)).to_be_visible()
    expect(chart(page, "average")).to_be_visible()
    for name in MODELS:
        pill(page, name).click()
        settle(page)
    expect(chart(page, "average")).to_have_count(0)
    expect(page.locator("[aria-label^='Bar chart of ']")).to_have_count(1)
    expect(chart(page, MODELS[-1])).to_be_visible()
    page.reload()
    expect(chart(page, MODELS[-1])).to_be_visible()


def test_a_failed_download_leaves_the_answer(page: Page) -> None:
    choose_official(page, "mnasnet0_5")
    popover = page.get_by_test_id("stPopoverBody")
    expect(popover.get_by_test_id("stAlert")).to_contain_text("could not be downloaded")
    expect(chart(page, DEFAULT_MODEL)).to_be_visible()


def test_damaged_official_weights_are_set_aside(page: Page, weights_home: Path) -> None:
    from torchvision import models

    folder = weights_home / "hub" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / models.SqueezeNet1_1_Weights.DEFAULT.url.rpartition("/")[2]
    weights.write_bytes(b"a part of the weights")
    choose_official(page, "squeezenet1_1")
    expect(page.get_by_test_id("stAlert")).to_contain_text("could not be downloaded")
    assert not weights.exists()
    assert weights.with_name(f"{weights.name}.damaged").exists()


def choose_official(page: Page, name: str) -> None:
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill(name)
    page.get_by_role("option", name=f"torchvision/{name}", exact=True).click()
    page.get_by_role("button", name=re.compile("^(Download .* and use it|Use it)$")).click()


# Heat map and explanations


def test_slider_blends_again_and_runs_no_model(page: Page, server: str) -> None:
    def predictions() -> int:
        return int(httpx2.get(f"{server}/api/v1/stats", timeout=PATIENCE).json()["predictions"])

    expect(heat_map(page)).to_be_visible()
    before, picture = predictions(), heat_map(page).get_attribute("src")
    slider(page, HEAT_MAP).press("ArrowRight")
    expect(page).to_have_url(re.compile(r"opacity=56"))
    expect(heat_map(page)).not_to_have_attribute("src", picture or "")
    assert predictions() == before > 0


def test_heat_map_of_another_class(page: Page) -> None:
    classes = page.get_by_role("radiogroup", name="Evidence for").get_by_role("radio")
    other = classes.nth(1).inner_text()
    classes.nth(1).click()
    expect(heat_map(page)).to_have_attribute("alt", f"{EXAMPLES[0].text}, under a heat map of the evidence for {other}")
    choose_example(page, "rocket")  # which has other classes
    best = classes.first.inner_text()
    expect(heat_map(page)).to_have_attribute("alt", f"{TEXTS['rocket']}, under a heat map of the evidence for {best}")
    assert best != other


# Link and downloads


def test_link_restores_the_page(visit: Visit, page: Page, server: str) -> None:
    choose_example(page, "coffee")
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
    expect(chart(page, "average")).to_be_visible()
    slider(page, HEAT_MAP).press("End")
    expect(page).to_have_url(re.compile(r"opacity=100"))
    link = open_link(page)
    assert parse_qs(urlsplit(link).query) == parse_qs(urlsplit(page.url).query)
    assert link.startswith(f"{server}/classify?")
    copy = visit(link)
    expect_picture(copy, TEXTS["coffee"])
    for name in (*MODELS, "average"):
        expect(chart(copy, name)).to_be_visible()
    expect(slider(copy, HEAT_MAP)).to_have_value("100")


def test_downloads_are_the_results_on_the_page(page: Page, server: str) -> None:
    data = jpeg("flower", rotated=True)
    upload(page, "mine.jpg", data)
    expect_picture(page, "Your picture")
    with page.expect_download() as record:
        page.get_by_role("button", name="Predictions as JSON").click()
    saved, expected = json.loads(Path(record.value.path()).read_text()), classify_over_http(server, data)
    for result in (saved, expected):
        for answer in result["answers"]:
            assert answer.pop("milliseconds") > 0
    assert saved == expected
    with page.expect_download() as picture:
        page.get_by_role("button", name="Picture with heat map").click()
    with Image.open(picture.value.path()) as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == tuple(heat_map(page).evaluate("image => [image.naturalWidth, image.naturalHeight]"))
    assert picture.value.suggested_filename.endswith(".png")


def test_five_explanations_are_drawn_and_say_what_is_bright(visit: Visit, server: str) -> None:
    page = visit(f"{server}/classify?model=resnet-18")  # with fewer pixels than the default: faster
    page.get_by_text("Five explanations").click()
    page.get_by_role("button", name="Explain", exact=True).click()
    for method in ("Saliency", "SmoothGrad", "Integrated gradients", "Occlusion", "Grad-CAM"):
        expect(page.get_by_alt_text(f"{method} for ")).to_be_visible()
    expect(page.get_by_text(re.compile("^Saliency\\s*Bright: "))).to_be_visible()
    expect(page.get_by_alt_text("Colour scale, from no importance")).to_have_count(5)


def test_a_class_is_defined(visit: Visit, server: str) -> None:
    page = visit(f"{server}/classify?example=coffee")
    page.get_by_role("button", name="About this class").click()
    expect(page.get_by_text("Strong black coffee brewed by forcing hot water")).to_be_visible()


# The camera that runs


def test_frames_are_answered_one_after_the_other_until_the_camera_stops(page: Page) -> None:
    page.get_by_text("Live camera", exact=True).click()
    expect(page.get_by_text("the answer to each frame is drawn here")).to_be_visible()
    page.get_by_role("button", name="Start the camera").click()
    stop = page.get_by_role("button", name="Stop the camera")
    expect(stop).to_be_visible()
    expect(page.locator("[aria-label^='Bar chart of mobilenet-v2']")).to_have_count(2)
    root = page.locator(".camera")
    for _ in range(600):
        if root.evaluate("root => root.zoo.number") >= 3:
            break
        page.wait_for_timeout(300)
    assert root.evaluate("root => root.zoo.number") >= 3
    stop.click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()
    settle(page)
    last = root.evaluate("root => root.zoo.number")
    page.wait_for_timeout(1500)
    assert root.evaluate("root => root.zoo.number") == last
    assert root.evaluate("root => root.zoo.stream") is None


def test_a_camera_that_is_refused_is_told(page: Page) -> None:
    settle(page)
    page.evaluate(
        "() => navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page.get_by_text("Live camera", exact=True).click()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("The browser refused the camera: allow it for this page")).to_be_visible()


FILE_EVENT = """([bytes, kind]) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(bytes)], "own.jpg", { type: "image/jpeg" }))
    const options = { bubbles: true, cancelable: true }
    document.querySelector("h1").dispatchEvent(kind === "drop"
        ? new DragEvent("drop", { ...options, dataTransfer: transfer })
        : new ClipboardEvent("paste", { ...options, clipboardData: transfer }))
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted_anywhere(page: Page, kind: str) -> None:
    page.evaluate(FILE_EVENT, [list(jpeg("coffee")), kind])
    expect_picture(page, "Your picture")
