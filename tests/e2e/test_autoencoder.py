"""Both autoencoders in a browser: uploads come into the stream, a step, play, and a slider that moves a code."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.examples import example_path


def steps(page: Page) -> int:
    """How many steps the page says that both students took."""
    text = page.get_by_text(re.compile("^After [0-9,]+ steps?, the perceptual")).inner_text()
    return int(re.findall("[0-9,]+", text)[0].replace(",", ""))


def pictures(page: Page) -> int:
    """How many pictures there are in each row."""
    return page.get_by_alt_text(re.compile("^By the perceptual student, number")).count()


def test_uploads_are_learnt_from_and_play_goes_on_until_pause(visit: Visit, server: str) -> None:
    page = visit(f"{server}/autoencoder?start=nothing&examples=false")
    expect(page.get_by_text("Add a picture: both students learn from it.")).to_be_visible()
    upload(page, "cat.webp", Path(example_path("cat")).read_bytes())
    expect(page.get_by_alt_text("Pictures, number 1")).to_be_visible()
    settle(page)
    before = steps(page)
    assert 1 <= before <= 4
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text(f"After {before + 1} steps")).to_be_visible()
    upload(page, "fruit.zip", Path(example_path("fruit")).read_bytes())
    expect(page.get_by_alt_text("Pictures, number 2")).to_be_visible()
    expect(page.get_by_text("pictures wait")).to_be_visible()
    settle(page)
    before = steps(page)
    page.get_by_role("radio", name="Play").click()
    expect(page.get_by_text("Pause to see what was learnt")).to_be_visible()
    expect(page.get_by_text(f"{before} steps", exact=True)).to_have_count(0)
    page.get_by_role("radio", name="Pause").click()
    expect(page.get_by_role("heading", name="What was learnt")).to_be_visible()
    settle(page)
    stopped = steps(page)
    assert stopped > before
    page.wait_for_timeout(1500)
    assert steps(page) == stopped
    assert pictures(page) > 2


def test_a_reload_finds_the_students_and_their_pictures(visit: Visit, server: str) -> None:
    page = visit(f"{server}/autoencoder?start=nothing&examples=false")
    upload(page, "cat.webp", Path(example_path("cat")).read_bytes())
    expect(page.get_by_alt_text("Pictures, number 1")).to_be_visible()
    settle(page)
    before = steps(page)
    page.reload()
    expect(page.get_by_alt_text("Pictures, number 1")).to_be_visible()
    assert steps(page) == before
    page.get_by_role("button", name="Link", exact=True).click()
    link = page.get_by_test_id("stPopoverBody").get_by_text("/autoencoder?")
    expect(link).to_contain_text("start=nothing")
    expect(link).not_to_contain_text("training=")


def test_a_slider_moves_the_picture_in_the_browser(visit: Visit, server: str) -> None:
    page = visit(f"{server}/autoencoder?learnt=Directions")
    canvas = page.get_by_role("img", name="The decoder's picture of the moved code")
    expect(page.get_by_text("a picture, computed in your browser")).to_be_visible()
    before = canvas.evaluate("e => e.toDataURL()")
    slider = page.locator(".sliders input").first
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    expect(page.locator(".sliders output").first).to_have_text("1.0")
    page.wait_for_function("e => Number(e.dataset.frames) > 1", arg=canvas.element_handle())
    assert canvas.evaluate("e => e.toDataURL()") != before
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".sliders output").first).to_have_text("0.0")


def test_a_state_that_was_downloaded_is_brought_back(visit: Visit, server: str) -> None:
    page = visit(f"{server}/autoencoder?start=nothing")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text("After 1 step")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Record as JSON", exact=True).click()
    assert json.loads(Path(download.value.path()).read_bytes())["steps"] == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="State", exact=True).click()
    state = Path(download.value.path()).read_bytes()
    page.get_by_role("button", name="Restart").click()
    expect(page.get_by_text("After 0 steps")).to_be_visible()
    page.get_by_role("button", name="Bring back a state").click()
    upload(page, "autoencoder.safetensors", state, -1)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("After 1 step")).to_be_visible()
