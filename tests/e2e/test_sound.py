"""What visitors do with sounds: examples, uploads, the microphone, hiding, playing, an afternoon's recording."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import upload
from tests.e2e.conftest import Visit
from tests.recordings import encoded
from zoo.core.sounds import decode_sound
from zoo.examples import example_path
from zoo.exhibits.sound.knobs import DEFAULT_MODEL, RATE


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/sound")


def samples(name: str) -> np.ndarray:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE).samples


def expect_heard(page: Page, label: str) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^{label}, \d+%$"), level=4)).to_be_visible()
    chart = page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: {label} ']")
    expect(chart).to_be_visible()


def test_examples_and_uploads_are_heard_and_a_wrong_file_costs_nothing(page: Page) -> None:
    expect_heard(page, "rain")
    page.get_by_role("button", name="Bells", exact=True).click()
    expect_heard(page, "church bells")
    upload(page, "song.mp3", b"hello, I am text")
    expect(page.get_by_text("This is not a sound that can be read")).to_be_visible()
    expect_heard(page, "church bells")
    upload(page, "siren.flac", encoded(samples("siren"), format="flac", codec="flac"))
    expect_heard(page, "siren")
    expect(page.get_by_text("This is not a sound that can be read")).not_to_be_visible()
    expect(page.get_by_role("img", name="Waveform and spectrogram of: Your sound")).to_be_visible()


def test_silence_is_told_and_not_named(page: Page) -> None:
    upload(page, "silence.wav", encoded(np.zeros(3 * RATE, np.float32)))
    expect(page.get_by_text("Too quiet to tell")).to_be_visible()
    expect(page.locator("[aria-label^='Bar chart']")).to_have_count(0)


def test_microphone_is_heard(page: Page) -> None:
    """Chromium's make-believe microphone beeps once a second."""
    page.get_by_role("tab", name="Microphone").click()
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("img", name="Waveform and spectrogram of: The microphone's recording")).to_be_visible()
    expect(page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")).to_be_visible()


def test_hiding_everything_leaves_nothing_to_be_sure_of(page: Page) -> None:
    expect_heard(page, "rain")
    before = page.get_by_role("heading", level=4).inner_text()
    bands = page.get_by_role("slider", name="for (bands)")
    bands.focus()
    bands.press("End")
    expect(page.get_by_role("heading", level=4)).not_to_have_text(before)
    expect(page.get_by_text("--hide-bands 128")).to_have_count(1)
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_test_id("stPopoverBody").locator("code")).to_contain_text("hide_bands=128")


def test_click_on_the_spectrogram_plays_from_there(page: Page) -> None:
    picture = page.get_by_role("img", name=re.compile("^Waveform and spectrogram of"))
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.5})
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[34]\.\d s of 5\.0 s$"))).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_link_restores_what_was_heard(page: Page, visit: Visit, server: str) -> None:
    other = visit(f"{server}/sound?example=helicopter&hide_seconds=1.5&hide_from=2&top_k=3")
    expect_heard(other, "helicopter")
    expect(other.get_by_role("slider", name="for (s)")).to_have_value("1.5")
    chart = other.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")
    spoken = chart.get_attribute("aria-label")
    assert spoken is not None
    assert spoken.count("%") == 3


def test_long_recording_becomes_a_line_of_events_that_play(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="A long recording").click()
    quiet = np.zeros(20 * RATE, np.float32)
    data = encoded(
        np.concatenate([samples("rain")] * 4 + [quiet] + [samples("siren")] * 4), format="flac", codec="flac"
    )
    upload(page, "afternoon.flac", data, place=1)
    page.get_by_role("button", name="Listen to all of it").click()
    chart = page.locator("[aria-label^='Timeline: ']")
    expect(chart).to_have_attribute("aria-label", re.compile("rain at 0:00.*siren at 0:"))
    bar = chart.locator("path[aria-roledescription='bar']").first
    bar.click()
    expect(page.locator("audio[autoplay]")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Events as CSV").click()
    path = tmp_path / "events.csv"
    download.value.save_as(path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["label"], rows[0]["family"]) == ("rain", "Nature and water")


def test_long_recording_can_be_cancelled(page: Page) -> None:
    page.get_by_role("tab", name="A long recording").click()
    noise = np.random.default_rng(0).standard_normal(20 * 60 * 8000).astype(np.float32) * 0.1
    upload(page, "street.mp3", encoded(noise, 8000, "mp3", "libmp3lame"), place=1)
    page.get_by_role("button", name="Listen to all of it").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    page.get_by_role("tab", name="A moment").click()
    expect_heard(page, "rain")
