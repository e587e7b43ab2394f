"""Sound in a browser: examples, uploads, the microphone, masks, playing, the analysis and a long recording."""

import csv
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.e2e.browser import upload
from tests.e2e.conftest import Visit
from tests.recordings import encoded
from zoo.core.cards import find_card
from zoo.core.sounds import decode_sound
from zoo.examples import example_path
from zoo.exhibits.sound import DEFAULT_MODEL, RATE, SoundKnobs, classify

TITLE = find_card(DEFAULT_MODEL).title


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/sound")


def samples(name: str) -> np.ndarray:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE).samples


def best_class(name: str, **knobs: float) -> str:
    """The most probable class of an example by the default model."""
    return classify(example_path(name), SoundKnobs(**knobs)).answers[0].predictions[0].label


def expect_class(page: Page, label: str) -> None:
    expect(page.get_by_role("heading", name=re.compile(rf"^(Unsure: )?{label}, \d+%$"), level=3)).to_be_visible()
    chart = page.locator(f"[aria-label^='Bar chart of {TITLE}: {label} ']")
    expect(chart).to_be_visible()


def test_examples_and_uploads_are_classified_and_a_wrong_file_changes_nothing(page: Page) -> None:
    expect_class(page, best_class("rain"))
    page.get_by_role("radio", name="bells").click()
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
    expect(page.get_by_role("heading", name="Too quiet to classify")).to_be_visible()
    expect(page.locator("[aria-label^='Bar chart']")).to_have_count(0)


def test_the_microphones_recording_is_classified(page: Page) -> None:
    """Chromium's fake microphone beeps once a second."""
    page.get_by_role("button", name="Microphone").click()
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("img", name="Waveform and spectrogram of: The microphone's recording")).to_be_visible()
    expect(page.locator(f"[aria-label^='Bar chart of {TITLE}: ']")).to_be_visible()


def test_masking_all_bands_changes_the_prediction(page: Page) -> None:
    expect_class(page, best_class("rain"))
    before = page.get_by_role("heading", level=3).inner_text()
    bands = page.get_by_role("slider", name="Frequency mask width (bands)")
    bands.focus()
    bands.press("End")
    expect(page.get_by_role("heading", level=3)).not_to_have_text(before)
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
    chart = other.locator(f"[aria-label^='Bar chart of {TITLE}: ']")
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
    storm = np.concatenate([samples("rain"), samples("siren")] * 60)
    upload(page, "street.mp3", encoded(storm, RATE, "mp3", "libmp3lame"), place=1)
    page.get_by_role("button", name="Find events").click()
    expect(page.get_by_role("progressbar").or_(page.get_by_test_id("stProgress")).first).to_be_in_viewport()
    expect(page.get_by_text(re.compile(r"^0:\d\d (rain|siren)"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.get_by_text(re.compile("^These are the events up to "))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Events as CSV").click()
    assert "rain" in Path(download.value.path()).read_text()
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
    expect(page.get_by_role("heading", name="Too quiet to classify")).to_be_visible()
    start = page.get_by_role("slider", name=re.compile(r"^Start \(s\)"))
    start.focus()
    start.press("End")
    expect(start).to_have_value("8")
    expect_class(page, best_class("rain"))


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found is not None
    return found


def test_the_answer_is_above_the_fold(visit: Visit, server: str) -> None:
    page = visit(f"{server}/sound", viewport={"width": 1280, "height": 800})
    expect(page.get_by_role("heading", level=3)).to_be_in_viewport()
    expect(page.locator(f"[aria-label^='Bar chart of {TITLE}: ']")).to_be_in_viewport()
    expect(page.get_by_role("img", name=re.compile("^Waveform and spectrogram of"))).to_be_in_viewport(ratio=0.99)
    row = [box(page.get_by_role("radio", name=name)) for name in ("rain", "helicopter")]
    row.append(box(page.get_by_role("button", name="Microphone")))
    row.append(box(page.get_by_test_id("stFileUploaderDropzone").first))
    assert max(part["y"] for part in row) < min(part["y"] + part["height"] for part in row)
    assert len({box(part)["y"] for part in page.locator(".categories > span").all()}) == 1


def test_on_a_phone_the_answer_comes_first_and_labels_are_apart(visit: Visit, server: str) -> None:
    page = visit(f"{server}/sound", viewport={"width": 420, "height": 800})
    expect(page.get_by_role("heading", level=3)).to_be_in_viewport()
    picture = page.get_by_role("img", name=re.compile("^Waveform and spectrogram of"))
    assert box(page.get_by_role("heading", level=3))["y"] < box(picture)["y"]
    times = [box(tick) for tick in page.locator(".times span").all() if tick.is_visible()]
    assert len(times) > 3
    assert all(left["x"] + left["width"] < right["x"] for left, right in pairwise(times))
    for label in page.locator(".frequencies span").all():
        assert box(label)["x"] + box(label)["width"] <= box(picture)["x"]


def test_a_new_sound_never_stands_with_the_former_answer(page: Page) -> None:
    expect_class(page, best_class("rain"))
    page.evaluate(
        """() => {
            window.painted = []
            const find = (root, name) => root.querySelector(name)
                ?? [...root.querySelectorAll("*")].map(e => e.shadowRoot && find(e.shadowRoot, name)).find(Boolean)
            const read = () => {
                const picture = find(document, "[aria-label^='Waveform and spectrogram of: ']")
                const heading = document.querySelector("[data-testid=stMain] h3")
                window.painted.push([picture?.ariaLabel ?? "", heading?.textContent ?? ""])
                requestAnimationFrame(read)
            }
            read()
        }"""
    )
    page.get_by_role("radio", name="waves").click()
    expect_class(page, best_class("waves"))
    expect(page.get_by_role("img", name=re.compile("^Waveform and spectrogram of: (?!Steady rain)"))).to_be_visible()
    painted = [(picture, text.split(",")[0]) for picture, text in page.evaluate("() => window.painted")]
    before, after = painted[0], painted[-1]
    assert before[0] != after[0]
    assert (before[1], after[1]) == (best_class("rain"), best_class("waves"))
    assert (after[0], before[1]) not in painted


def test_the_live_microphone_is_classified_again_and_again(browser: Browser, server: str) -> None:
    """Chromium's fake microphone beeps once a second. The page's own security policy holds here."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        hosts: set[str] = set()
        errors: list[str] = []
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).netloc))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{server}/sound")
        expect_class(page, best_class("rain"))
        page.get_by_role("tab", name="Live").click()
        page.get_by_role("button", name="Start", exact=True).click()
        answers = page.get_by_role("tabpanel").filter(has_text="About once a second")
        expect(answers.get_by_role("heading", name=re.compile(r", \d+%$"))).to_be_visible()
        expect(
            page.locator("[aria-label^='Probabilities of the last'][aria-label*=' seconds, 4 answers: ']")
        ).to_be_visible()
        meter = page.get_by_role("meter", name="Level of the microphone")
        expect(meter).to_have_attribute("aria-valuenow", re.compile(r"^-?[1-5]?\d$"))
        page.locator("button.switch", has_text="Stop").click()  # Streamlit has a Stop button too
        expect(page.get_by_text("Stopped.")).to_be_visible()
        expect(meter).to_have_attribute("aria-valuenow", "-60")
        assert {host for host in hosts if host} == {urlsplit(server).netloc}
        assert not errors


def test_a_microphone_that_is_not_allowed_is_told(page: Page) -> None:
    page.get_by_role("tab", name="Live").click()
    page.evaluate(
        """() => {
            navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"))
        }"""
    )
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(re.compile("^The microphone is not allowed"))).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_clip_is_bent_and_its_classes_are_browsed(page: Page, visit: Visit, server: str, tmp_path: Path) -> None:
    page.get_by_role("radio", name="siren").click()
    page.get_by_text("Bend the clip", exact=True).click()
    chart = page.locator("[aria-label^='Probabilities before and after: siren as it is ']")
    expect(chart).to_be_visible()
    high_pass = page.get_by_role("slider", name="High-pass (Hz)")
    before = chart.get_attribute("aria-label")
    assert before is not None
    high_pass.focus()
    high_pass.press("End")
    expect(chart).not_to_have_attribute("aria-label", before)
    expect(page).to_have_url(re.compile(r"high_pass=6000"))
    expect(page.get_by_role("img", name=re.compile("^Waveform and spectrogram, bent: "))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Bent sound").click()
    path = tmp_path / "bent.wav"
    download.value.save_as(path)
    assert decode_sound(path.read_bytes(), RATE).seconds == 5.0
    page.get_by_text("Draw the probability over one knob").click()
    expect(page.locator("[aria-label^='Probability over speed. ']")).to_be_visible()
    page.get_by_role("button", name="All off").click()
    expect(page).not_to_have_url(re.compile(r"high_pass="))
    page.get_by_text("The 50 classes", exact=True).click()
    plan = page.locator("[aria-label^='Map of the 50 classes']")
    for label in ("wind", "dog", "wind"):
        plan.locator(f"path[aria-roledescription='circle'][aria-label*='class: {label};']").click()
        expect(page.get_by_text(re.compile(rf"^{label} · "))).to_be_visible()
    page.get_by_role("radio", name="rain", exact=True).last.click()  # in the list
    expect(page.get_by_text(re.compile(r"^rain · "))).to_be_visible()
    plan.locator("path[aria-roledescription='circle'][aria-label*='class: wind;']").click()
    expect(page.get_by_text(re.compile(r"^wind · "))).to_be_visible()
