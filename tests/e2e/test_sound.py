"""Sound in a browser: examples, uploads, the microphone, masks, playing, the analysis and a long recording."""

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
from zoo.exhibits.sound import DEFAULT_MODEL, RATE, SoundKnobs, classify


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/sound")


def samples(name: str) -> np.ndarray:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE).samples


def best_class(name: str, **knobs: float) -> str:
    """The most probable class of an example by the default model."""
    return classify(example_path(name), SoundKnobs(**knobs)).answers[0].predictions[0].label


def expect_class(page: Page, label: str) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^{label}, \d+%$"), level=4)).to_be_visible()
    chart = page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: {label} ']")
    expect(chart).to_be_visible()


def test_examples_and_uploads_are_classified_and_a_wrong_file_changes_nothing(page: Page) -> None:
    expect_class(page, best_class("rain"))
    page.get_by_role("button", name="Bells", exact=True).click()
    expect_class(page, best_class("bells"))
    upload(page, "song.mp3", b"hello, I am text")
    expect(page.get_by_text("This is not a sound that can be read")).to_be_visible()
    expect_class(page, best_class("bells"))
    upload(page, "siren.flac", encoded(samples("siren"), format="flac", codec="flac"))
    expect_class(page, best_class("siren"))
    expect(page.get_by_text("This is not a sound that can be read")).not_to_be_visible()
    expect(page.get_by_role("img", name="Waveform and spectrogram of: Your sound")).to_be_visible()


def test_silence_is_not_classified(page: Page) -> None:
    upload(page, "silence.wav", encoded(np.zeros(3 * RATE, np.float32)))
    expect(page.get_by_text("Too quiet to classify")).to_be_visible()
    expect(page.locator("[aria-label^='Bar chart']")).to_have_count(0)


def test_the_microphones_recording_is_classified(page: Page) -> None:
    """Chromium's fake microphone beeps once a second."""
    page.get_by_role("tab", name="Microphone").click()
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("img", name="Waveform and spectrogram of: The microphone's recording")).to_be_visible()
    expect(page.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")).to_be_visible()


def test_masking_all_bands_changes_the_prediction(page: Page) -> None:
    expect_class(page, best_class("rain"))
    before = page.get_by_role("heading", level=4).inner_text()
    bands = page.get_by_role("slider", name="Frequency mask width (bands)")
    bands.focus()
    bands.press("End")
    expect(page.get_by_role("heading", level=4)).not_to_have_text(before)
    expect(page.get_by_text("--frequency-mask-width 128")).to_have_count(1)
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_test_id("stPopoverBody").locator("code")).to_contain_text("frequency_mask_width=128")


def test_click_on_the_spectrogram_plays_from_there(page: Page) -> None:
    picture = page.get_by_role("img", name=re.compile("^Waveform and spectrogram of"))
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.5})
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[34]\.\d s of 5\.0 s$"))).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_link_restores_the_page(page: Page, visit: Visit, server: str) -> None:
    other = visit(f"{server}/sound?example=helicopter&time_mask_width=1.5&time_mask_start=2&top_k=3")
    expect_class(other, best_class("helicopter", time_mask_start=2, time_mask_width=1.5))
    expect(other.get_by_role("slider", name="Time mask width (s)")).to_have_value("1.5")
    chart = other.locator(f"[aria-label^='Bar chart of {DEFAULT_MODEL}: ']")
    text = chart.get_attribute("aria-label")
    assert text is not None
    assert text.count("%") == 3


def test_a_long_recording_gives_events_that_play(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Long recording").click()
    quiet = np.zeros(20 * RATE, np.float32)
    data = encoded(
        np.concatenate([samples("rain")] * 4 + [quiet] + [samples("siren")] * 4), format="flac", codec="flac"
    )
    upload(page, "recording.flac", data, place=1)
    page.get_by_role("button", name="Find events").click()
    chart = page.locator("[aria-label^='Timeline: ']")
    expect(chart).to_have_attribute(
        "aria-label", re.compile(f"{best_class('rain')} at 0:00.*{best_class('siren')} at 0:")
    )
    bar = chart.locator("path[aria-roledescription='bar']").first
    bar.click()
    expect(page.locator("audio[autoplay]")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Events as CSV").click()
    path = tmp_path / "events.csv"
    download.value.save_as(path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0].keys() == {"start", "stop", "label", "category", "probability"}
    assert rows[0]["label"] == best_class("rain")
    assert float(rows[-1]["stop"]) == pytest.approx(60.0, abs=0.1)


def test_a_long_recording_can_be_cancelled(page: Page) -> None:
    page.get_by_role("tab", name="Long recording").click()
    noise = np.random.default_rng(0).standard_normal(20 * 60 * 8000).astype(np.float32) * 0.1
    upload(page, "street.mp3", encoded(noise, 8000, "mp3", "libmp3lame"), place=1)
    page.get_by_role("button", name="Find events").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    page.get_by_role("tab", name="Short sound").click()
    expect_class(page, best_class("rain"))


def test_the_analysis_opens_and_follows_its_settings(page: Page) -> None:
    page.get_by_text("Analysis", exact=True).click()
    expect(page.get_by_role("img", name="Chroma over five seconds")).to_be_visible()
    onsets = page.locator("[aria-label^='Onset strength, with onsets at: ']")
    expect(onsets).to_be_visible()
    expect(page.locator("[aria-label^='Fundamental frequency over time']")).to_be_visible()
    coefficients = page.get_by_role("slider", name="MFCCs (coefficients)")
    coefficients.focus()
    coefficients.press("End")
    expect(page.get_by_text("32 mel-frequency cepstral coefficients")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Analysis as PNG").click()
    assert download.value.suggested_filename == "sound-analysis.png"


def test_a_long_sound_is_classified_from_its_start_on(page: Page) -> None:
    """Eight seconds of silence, then rain: its start slider reaches the rain."""
    quiet = np.zeros(8 * RATE, np.float32)
    data = encoded(np.concatenate([quiet, samples("rain")]), format="flac", codec="flac")
    upload(page, "late.flac", data)
    expect(page.get_by_text("Too quiet to classify")).to_be_visible()
    start = page.get_by_role("slider", name=re.compile(r"^Start \(s\)"))
    start.focus()
    start.press("End")
    expect(start).to_have_value("8")
    expect_class(page, best_class("rain"))
