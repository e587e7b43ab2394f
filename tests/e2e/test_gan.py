"""GAN in a browser: drawing a distribution, stepping, playing, and pictures that the browser computes."""

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from safetensors import safe_open

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit

SMALL = "hidden=8&layers=1&batch=8"


def stage(page: Page) -> dict[str, int]:
    """How many frames the stage has drawn, and the update of the last."""
    root = page.locator(".gan")
    expect(root).to_have_attribute("data-update", re.compile(r"\d+"))
    return {name: int(root.get_attribute(f"data-{name}") or 0) for name in ("drawn", "update")}


def press(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def downloaded(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_steps_alternate_and_play_goes_on_until_it_is_paused(visit: Visit, server: str) -> None:
    page = visit(f"{server}/gan?{SMALL}")
    expect(page.get_by_text("Nothing is learnt yet")).to_be_visible()
    for number, (last, following) in enumerate((("discriminator", "generator"), ("generator", "discriminator")), 1):
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.get_by_text(f"Last update: {last}; next: {following}.")).to_be_visible()
        expect(page.locator(".gan")).to_have_attribute("data-update", str(number))
    press(page, "Play")
    expect(page.locator(".gan")).to_have_attribute("data-update", re.compile(r"\d{3,}"))
    press(page, "Pause")
    expect(page.get_by_role("button", name="Pin")).to_be_visible()
    settle(page)
    before = stage(page)
    page.wait_for_timeout(1500)
    assert stage(page)["update"] == before["update"]
    assert before["drawn"] > 5


def test_a_drawn_distribution_is_learnt_and_taken_home(visit: Visit, server: str, tmp_path: Path) -> None:
    page = visit(f"{server}/gan?{SMALL}&distribution=draw+your+own")
    canvas = page.locator(".drawing canvas")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("There is no point here")).to_be_visible()
    box = canvas.bounding_box()
    assert box is not None
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.2 * side, y + 0.5 * side)
    page.mouse.down()
    page.mouse.move(x + 0.8 * side, y + 0.5 * side, steps=10)
    page.mouse.up()
    expect(page.get_by_text("Nothing is learnt yet")).to_be_visible()
    press(page, "Play")
    expect(page.locator(".gan")).to_have_attribute("data-update", re.compile(r"\d{3,}"))
    press(page, "Pause")
    expect(page.get_by_role("button", name="Weights")).to_be_visible()
    settle(page)
    rows = [line.split(",") for line in downloaded(page, "Real points", tmp_path).read_text().split()]
    assert all(abs(float(row[1]) - 0.5) < 0.02 for row in rows)
    assert min(float(row[0]) for row in rows) == pytest.approx(0.2, abs=0.03)
    record = json.loads(downloaded(page, "Record as JSON", tmp_path).read_text())
    assert record["distribution"] == "points of your own"
    with safe_open(downloaded(page, "Weights", tmp_path), "pt") as state:
        assert json.loads(state.metadata()["knobs"])["hidden"] == 8
    page.get_by_role("button", name="Pin").click()
    expect(page.locator(".gan")).to_have_count(2)


def test_a_training_that_diverges_stops_with_a_sentence(visit: Visit, server: str) -> None:
    page = visit(f"{server}/gan?{SMALL}")
    page.get_by_role("button", name="Diverging").click()
    expect(page.get_by_text("The training diverged at update")).to_be_visible()
    expect(page.get_by_role("radio", name="Pause")).to_be_checked()
    assert "NaN" not in page.inner_text("body")


def test_a_visitor_who_leaves_while_it_plays_finds_it_waiting(visit: Visit, server: str) -> None:
    page = visit(f"{server}/gan?{SMALL}")
    press(page, "Play")
    expect(page.locator(".gan")).to_have_attribute("data-update", re.compile(r"\d{2,}"))
    page.get_by_role("link", name="Models", exact=True).first.click()
    expect(page.get_by_role("heading", name="Models").first).to_be_visible()
    page.get_by_role("link", name="GAN", exact=True).first.click()
    expect(page.get_by_role("radio", name="Pause")).to_be_checked()
    expect(page.locator(".gan")).to_have_attribute("data-update", re.compile(r"\d{2,}"))


def test_the_browsers_back_finds_the_training_and_its_knobs(visit: Visit, server: str) -> None:
    page = visit(f"{server}/gan?{SMALL}&distribution=spiral")
    for _ in range(2):
        page.get_by_role("button", name="Step", exact=True).click()
        settle(page)
    page.get_by_role("link", name="Models", exact=True).first.click()
    expect(page.get_by_role("heading", name="Models").first).to_be_visible()
    settle(page)
    page.go_back()
    expect(page.get_by_text("2 updates", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="spiral")).to_be_checked()


def test_pictures_follow_the_pointer_in_the_browser(visit: Visit, server: str, tmp_path: Path) -> None:
    page = visit(f"{server}/gan?part=Pictures+of+clothes")
    root = page.locator(".latent")
    expect(root).to_have_attribute("data-maps", re.compile(r"\d+"))
    canvas = root.locator(".map canvas")
    pictures = []
    for keys in (["ArrowLeft"] * 15, ["ArrowRight"] * 30):
        drawn = int(root.get_attribute("data-drawn") or 0)
        for key in keys:
            canvas.press(key)
        expect(root).not_to_have_attribute("data-drawn", str(drawn))
        settle(page)
        path = downloaded(page, "Save as PNG", tmp_path)
        pictures.append(Image.open(io.BytesIO(path.read_bytes())).convert("L"))
    assert pictures[0].size == (280, 280)
    assert pictures[0].tobytes() != pictures[1].tobytes()
    before = root.get_attribute("data-drawn") or ""
    root.get_by_label("Direction 1").fill("3")
    expect(root).not_to_have_attribute("data-drawn", before)
