"""Optimised style transfer in a browser: progress, cancellation, downloads, uploaded and mixed paintings, errors."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.examples import example_path

LONG, SHORT = "size=192&levels=1&steps=1000", "size=64&levels=1&steps=20"


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue()


@pytest.fixture
def start(visit: Visit, server: str) -> Visit:
    """The page with these settings, the optimisation started."""

    def open_and_start(link: str) -> Page:
        page = visit(f"{server}/style?example=coffee&method=Optimised+%28Gatys%29&{link}")
        page.get_by_role("button", name="Optimise", exact=True).click()
        return page

    return open_and_start


def test_progress_is_drawn_and_a_cancelled_run_keeps_its_picture(start: Visit) -> None:
    page = start(LONG)
    expect(page.get_by_alt_text(re.compile(r"The result after \d+ steps"))).to_be_visible()
    steps = re.compile(r"Step (\d+) of 1000")
    first_step = steps.search(page.get_by_text(steps).first.inner_text())
    assert first_step is not None
    page.wait_for_function(
        "first => { const m = document.body.innerText.match(/Step (\\d+) of 1000/); return m && +m[1] > first + 5 }",
        arg=int(first_step[1]),
    )
    cancel = page.get_by_role("button", name="Cancel")
    box = cancel.bounding_box()
    assert box is not None
    assert box["y"] < 700  # above the fold, where the result will be
    cancel.click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Picture as PNG")).to_be_visible()
    expect(page.get_by_role("slider", name="Divider between Photograph and Result")).to_be_visible()
    caption = re.search(r"(\d+) steps", page.get_by_text(re.compile(r"192 x \d+ pixels · \d+ steps")).inner_text())
    assert caption is not None
    assert int(first_step[1]) < int(caption[1]) < 1000


def test_picture_and_animation_are_downloaded(start: Visit) -> None:
    page = start(SHORT)
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture as PNG").click()
    with Image.open(Path(download.value.path())) as picture:
        assert picture.size == (64, 43)
    with page.expect_download() as download:
        page.get_by_role("button", name="Animation as WebP").click()
    with Image.open(Path(download.value.path())) as moving:
        assert moving.n_frames == 20  # type: ignore[attr-defined]


def test_an_uploaded_painting_is_mixed_with_an_example(start: Visit) -> None:
    page = start(SHORT)
    page.get_by_text("Upload a painting").click()
    upload(page, "a.png", b"hello", place=-1)
    expect(page.get_by_test_id("stAlertContentError")).to_be_visible()
    upload(page, "a.png", png(Image.effect_noise((80, 60), 90)), place=-1)
    expect(page.get_by_role("button", name="yours", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    page.get_by_text("Mix several paintings").click()
    settle(page)
    page.get_by_role("button", name="ink", exact=True).click()
    expect(page.get_by_role("slider", name="Weight of ink")).to_be_visible()
    expect(page.get_by_role("slider", name="Weight of yours")).to_be_visible()
    page.get_by_role("button", name="Optimise", exact=True).click()
    expect(page.get_by_role("button", name="Picture as PNG")).to_be_visible()


def test_another_painting_is_one_click_and_the_last_one_stays(start: Visit) -> None:
    page = start(SHORT)
    expect(page.get_by_role("button", name="Picture as PNG")).to_be_visible()
    strokes, mosaic = (page.get_by_role("button", name=name, exact=True) for name in ("strokes", "mosaic"))
    strokes.click()
    settle(page)
    expect(strokes).to_have_attribute("aria-pressed", "true")
    mosaic.click()
    expect(mosaic).to_have_attribute("aria-pressed", "true")
    expect(strokes).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Optimise", exact=True).click()
    expect(page.get_by_role("button", name="Picture as PNG")).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_a_narrow_picture_is_an_error(start: Visit) -> None:
    page = start(SHORT)
    upload(page, "line.png", png(Image.new("RGB", (5000, 1))))
    expect(page.get_by_test_id("stAlertContentError").first).to_be_visible()
    expect(page.get_by_role("button", name="Optimise", exact=True)).to_have_count(0)
    upload(page, "flower.jpg", Path(example_path("flower")).read_bytes())
    expect(page.get_by_alt_text("Your picture").last).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
