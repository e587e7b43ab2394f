"""Fast style transfer in a browser: styles chosen and mixed, strength, download, a style learned from a painting."""

import io
import re
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.examples import example_path

SMALL = "example=coffee&fast_size=96"


def test_a_photograph_is_stylised_and_blended(visit: Visit, server: str) -> None:
    page = visit(f"{server}/style?{SMALL}&style=wave")
    expect(page.get_by_alt_text(", in the style of Under the Wave")).to_be_visible()

    def downloaded() -> Image.Image:
        with page.expect_download() as download:
            page.get_by_role("button", name="Picture as PNG").click()
        return Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).convert("RGB")

    full = downloaded()
    assert full.width == 96
    slider = page.get_by_role("slider", name="Strength")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    settle(page)
    assert downloaded().tobytes() != full.tobytes()
    assert "fast_strength=0.8" in page.url


def test_another_style_is_one_click_and_mixing_is_a_toggle(visit: Visit, server: str) -> None:
    page = visit(f"{server}/style?{SMALL}&style=wave")
    page.get_by_role("button", name="wave", exact=True).click()  # the only one stays
    expect(page.get_by_alt_text(", in the style of Under the Wave off Kanagawa")).to_be_visible()
    page.get_by_role("button", name="udnie", exact=True).click()
    expect(page.get_by_alt_text(", in the style of Udnie")).to_be_visible()
    expect(page).to_have_url(re.compile(r"style=udnie(&|$)"))
    page.get_by_text("Mix several styles").click()
    settle(page)
    page.get_by_role("button", name="scream", exact=True).click()
    page.get_by_text("left to right", exact=True).click()
    expect(page.get_by_alt_text(re.compile(", in the style of Udnie.* and The Scream"))).to_be_visible()
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_the_painting_is_above_the_fold(visit: Visit, server: str) -> None:
    page = visit(f"{server}/style", viewport={"width": 1280, "height": 800})
    box = page.get_by_alt_text(", in the style of The Scream").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    phone = visit(f"{server}/style", viewport={"width": 420, "height": 800})
    picture, knob = phone.get_by_alt_text(", in the style of The Scream"), phone.get_by_text("Method", exact=True)
    top, below = picture.bounding_box(), knob.bounding_box()
    assert top is not None
    assert below is not None
    assert top["y"] < below["y"]


def test_a_painting_makes_a_new_style(visit: Visit, server: str) -> None:
    page = visit(f"{server}/style?{SMALL}&learn_steps=20")
    page.get_by_text("Learn a style", exact=True).click()
    upload(page, "mosaic.webp", Path(example_path("mosaic")).read_bytes(), place=-1)
    expect(page.get_by_alt_text("Your painting")).to_be_visible()
    page.get_by_role("button", name="Learn", exact=True).click()
    expect(page.get_by_text("My style is saved")).to_be_visible()
    expect(page.get_by_alt_text(", in the style of My style")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="My style as a model").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        names = {Path(name).name for name in packed.namelist()}
        assert names == {"README.md", "SHA256SUMS", "config.json", "model.safetensors"}
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("My style is saved")).to_have_count(0)
