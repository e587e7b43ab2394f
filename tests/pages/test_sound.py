"""The Sound page with sounds of every length and each knob at its ends."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.input_picker import Recording
from pages.components.microphone import parse_window
from pages.components.sound_classes import EXAMPLE_OF
from pages.components.sound_live import Live, add_answer, last_probabilities
from tests.apps import app_at
from tests.recordings import encoded, tone
from zoo.core.errors import InputError
from zoo.core.jobs import Progress, Steps
from zoo.core.sounds import Sound
from zoo.examples import example_path
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import RATE, AnalysisKnobs, MaskKnobs, SoundKnobs, SpectrogramKnobs
from zoo.exhibits.sound.results import Event, Timeline

ANSWER = re.compile(r"(Unsure: )?[a-z ]+, \d+%")


def open_page(**link: str) -> AppTest:
    page = app_at("sound.py")
    for name, value in link.items():
        page.query_params[name] = value
    return page


def page_with(samples: np.ndarray, **link: str) -> AppTest:
    """The page after an upload of these samples."""
    page = open_page(**link)
    sound = Sound(samples.astype(np.float32), RATE)
    page.session_state["recording"] = Recording(
        f"test {len(samples)} {samples.max():.2f} {link}", sound, "A test sound", None
    )
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    assert not page.error
    return page


def classified(page: AppTest) -> bool:
    return any(ANSWER.fullmatch(text.value) for text in page.subheader)


@pytest.mark.parametrize("seconds", [0.1, 1.2, 4.99, 5.0])
def test_a_sound_of_one_window_has_no_start(seconds: float) -> None:
    page = page_with(tone(seconds))
    assert classified(page)
    assert "start" not in [slider.key for slider in page.slider]


@pytest.mark.parametrize("seconds", [5.01, 5.05, 5.1, 5.96, 6.0, 9.99, 60.0])
def test_a_longer_sound_starts_anywhere(seconds: float) -> None:
    page = page_with(tone(seconds))
    assert classified(page)
    starts = [slider for slider in page.slider if slider.key == "start"]
    assert bool(starts) == (seconds >= 5.1)
    for slider in starts:
        assert slider.max <= seconds - 5 + 1e-9
        for value in (slider.max, slider.min):
            page.slider(key="start").set_value(value)
            assert classified(run(page))


def test_the_longest_sound() -> None:
    page = page_with(tone(600.0), start="595")
    assert page.slider(key="start").value == 595
    assert classified(page)


def test_a_shorter_sound_after_a_longer_one() -> None:
    page = page_with(tone(20.0))
    page.slider(key="start").set_value(15.0)
    run(page)
    for seconds in (8.0, 5.0, 30.0):
        page.session_state["recording"] = Recording(f"next {seconds}", Sound(tone(seconds), RATE), "Another", None)
        assert classified(run(page))


def test_a_link_beyond_the_end_of_the_sound() -> None:
    assert classified(page_with(tone(7.0), start="90"))
    assert classified(page_with(tone(3.0), start="2"))


def test_an_uploaded_file_longer_than_a_window() -> None:
    page = run(open_page())
    uploader = next(field for field in page.file_uploader if str(field.key).startswith("recording-upload"))
    uploader.set_value(("long.wav", encoded(tone(12.0)), "audio/wav"))
    assert classified(run(page))
    assert page.slider(key="start").max == 7.0


MASK = [name for name in MaskKnobs.model_fields if name.endswith(("_start", "_width"))]
SLIDERS = [*MASK, "top_k", "top_db", "opacity"]


@pytest.mark.parametrize("name", SLIDERS)
def test_each_slider_at_its_ends(name: str) -> None:
    page = page_with(tone(7.0))
    for end in (page.slider(key=name).min, page.slider(key=name).max):
        page.slider(key=name).set_value(end)
        run(page)


def test_the_whole_input_masked() -> None:
    page = page_with(tone(7.0), time_mask_width="5", frequency_mask_width="128", mask_value="mean")
    assert page.slider(key="time_mask_width").value == 5
    assert classified(page)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for kind, name in [
            (SpectrogramKnobs, "n_fft"),
            (SpectrogramKnobs, "hop_length"),
            (SpectrogramKnobs, "n_mels"),
            (SoundKnobs, "mask_value"),
        ]
        for value in kind.model_json_schema()["properties"][name]["enum"]
    ],
)
def test_each_choice(name: str, value: object) -> None:
    page = page_with(tone(5.0), **{name: str(value)})
    assert page.session_state[name] == value
    assert classified(page)


def test_a_quiet_sound_is_not_classified() -> None:
    page = page_with(np.zeros(7 * RATE), analysis="true")
    assert not classified(page)
    assert "Too quiet" in page.info[0].value


def test_several_models_and_none() -> None:
    page = page_with(tone(5.0), model="sound-audionet", top_k="20")
    assert classified(page)
    both = run(open_page(example="rain", model="sound-audionet"))
    assert "sound-audionet" in both.code[0].value


def titles(page: AppTest) -> set[str]:
    return {text.value for text in page.markdown} & {"**MFCC**", "**Chroma**", "**Onset strength**"}


def test_the_analysis_is_computed_when_it_is_opened() -> None:
    assert not titles(page_with(tone(6.0)))
    page = page_with(tone(6.0), analysis="true", n_fft="4096", n_mels="32")
    assert len(titles(page)) == 3
    for name in ("n_mfcc", "fmin", "fmax"):
        field = AnalysisKnobs.model_fields[name]
        for end in (page.slider(key=name).min, page.slider(key=name).max):
            page.slider(key=name).set_value(end)
            run(page)
            assert page.slider(key=name).value == end, field


def test_the_settings_of_a_long_recording_at_their_ends() -> None:
    page = run(open_page())
    uploader = next(field for field in page.file_uploader if field.key == "long-file")
    uploader.set_value(("recording.wav", encoded(tone(12.0)), "audio/wav"))
    run(page)
    for name in ("hop", "threshold"):
        for end in (page.slider(key=name).min, page.slider(key=name).max):
            page.slider(key=name).set_value(end)
            run(page)
    assert "Find events" in [button.label for button in page.button]


def upload_to(page: AppTest, place: str, data: bytes, name: str = "sound.wav") -> AppTest:
    uploader = next(field for field in page.file_uploader if str(field.key).startswith(place))
    uploader.set_value((name, data, "audio/wav"))
    return run(page)


LENGTHS = [0.3, 5.0, 5.05, 12.0, 60.0]


@pytest.mark.parametrize("layout", ["mono", "stereo"])
@pytest.mark.parametrize("seconds", LENGTHS)
def test_an_upload_of_every_length(seconds: float, layout: str) -> None:
    page = upload_to(run(open_page()), "recording-upload", encoded(tone(seconds), layout=layout))
    assert classified(page)
    starts = [slider.max for slider in page.slider if slider.key == "start"]
    assert starts == ([round(seconds - 5, 1)] if seconds > 5.1 else [])


ENDS = {
    "lowest": {"n_fft": "256", "hop_length": "64", "n_mels": "32", "top_db": "20", "top_k": "1"},
    "highest": {"n_fft": "4096", "hop_length": "512", "n_mels": "256", "top_db": "100", "top_k": "20"},
    "beyond": {
        "time_mask_start": "5",
        "time_mask_width": "5",
        "frequency_mask_start": "127",
        "frequency_mask_width": "128",
        "opacity": "100",
    },
}


@pytest.mark.parametrize("silent", [False, True], ids=["sound", "silence"])
@pytest.mark.parametrize("seconds", LENGTHS)
@pytest.mark.parametrize("ends", ENDS)
def test_every_length_with_the_knobs_at_their_ends(ends: str, seconds: float, silent: bool) -> None:
    page = page_with(tone(seconds) * (not silent), **ENDS[ends], analysis="true")
    assert classified(page) != silent
    for name, value in ENDS[ends].items():
        assert (silent and name == "opacity") or str(page.session_state[name]).removesuffix(".0") == value


def test_another_sound_begins_with_the_evidence_for_its_own_class() -> None:
    page = run(open_page(example="rain"))
    rain = page.selectbox(key="target").value
    page.selectbox(key="target").set_value(page.selectbox(key="target").options[1])
    run(page)
    second = page.selectbox(key="target").value
    assert second != rain
    page.slider(key="time_mask_width").set_value(0.5)
    assert run(page).selectbox(key="target").value == second  # the same sound: the visitor's choice stays
    page.pills(key="example").set_value("siren")
    assert run(page).selectbox(key="target").value == "siren"


def test_the_class_in_a_link_is_explained() -> None:
    page = run(open_page(example="rain"))
    second = page.selectbox(key="target").options[1]
    assert run(open_page(example="rain", target=second)).selectbox(key="target").value == second


def test_models_stand_with_their_titles_and_the_link_has_their_names() -> None:
    page = run(open_page(example="rain", model="sound-audionet"))
    assert set(page.pills(key="model").options) == {"AudioNet", "MobileNetV2 on spectrograms"}
    assert page.session_state.model == ["sound-audionet"]
    assert page.query_params["model"] in ("sound-audionet", ["sound-audionet"])


def test_a_pinned_answer_stays_beside_that_of_the_masked_sound() -> None:
    page = run(open_page(example="rain"))
    page.button(key="pin-sound").click()
    run(page)
    page.slider(key="frequency_mask_width").set_value(128)
    run(page)
    assert "frequency mask width: 0 → 128" in [text.value for text in page.text]
    changes = page.dataframe[0].value
    assert changes.loc[0, "class"] != "rain"
    assert changes.loc[changes["class"] == "rain", "pinned"].item() > 0.5
    assert any(changes["now"] > 0)


def test_panels_have_labels_of_their_own() -> None:
    labels = [expander.label for expander in page_with(tone(6.0), analysis="true").expander]
    assert len(labels) == len(set(labels))
    assert "Use it from code" in labels


def test_each_class_can_be_looked_at() -> None:
    page = open_page(example="rain")
    page.session_state["classes"] = True
    run(page)
    page.segmented_control(key="class-category").set_value("Natural soundscapes")
    run(page)
    page.pills(key="class-in-Natural soundscapes").set_value("sea waves")
    run(page)
    assert "**sea waves** · Natural soundscapes · class 11 · 32 training clips of five seconds" in texts(page)
    assert any("Waves on a beach" in text for text in captions(page))
    assert sum(len(control.options) for control in page.pills if str(control.key).startswith("class-in")) == 10


def texts(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown]


def captions(page: AppTest) -> list[str]:
    return [text.value for text in page.caption]


def test_examples_of_classes_are_bundled_and_classified_as_these() -> None:
    for label, name in EXAMPLE_OF.items():
        assert exhibit.classify(Path(example_path(name))).answers[0].predictions[0].label == label


# Live


def window_of(samples: np.ndarray, number: int = 1) -> dict[str, Any]:
    pcm = (samples * 32767).astype("<i2").tobytes()
    return {"number": number, "samples": base64.b64encode(pcm).decode()}


def test_a_window_of_the_microphone_is_decoded() -> None:
    window = parse_window(window_of(tone(2.0), 7))
    assert (window.number, window.sound.rate) == (7, RATE)
    assert np.abs(window.sound.samples - tone(2.0)).max() < 1e-4


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {"number": "1", "samples": "AAAA"},
        {"number": 1},
        {"number": 1, "samples": 5},
        {"number": 1, "samples": "not base64"},
        {"number": 1, "samples": "é"},
        {"number": 1, "samples": ""},
        {"number": 1, "samples": "AA=="},
        window_of(np.zeros(5 * RATE + 1)),
    ],
)
def test_what_is_no_window_of_a_microphone_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="microphone"):
        parse_window(value)


def test_the_chart_has_the_last_thirty_seconds_of_the_classes_with_the_highest_peaks() -> None:
    live = Live()
    rain, quiet = exhibit.classify(Path(example_path("rain"))), exhibit.classify((np.zeros(RATE), RATE))
    for now, result in [(0.0, quiet), (1.0, rain), (29.0, quiet), (31.0, rain)]:
        add_answer(live, result, now)
    assert [moment for moment, _ in live.moments] == [1.0, 29.0, 31.0]
    rows = last_probabilities(live)
    assert rows["class"].nunique() == 5
    assert rows["class"].iloc[0] == "rain"
    assert set(rows["time"]) == {-30.0, 0.0}  # a moment of silence has no probabilities
    assert rows["probability"].max() == pytest.approx(rain.answers[0].predictions[0].probability)


# A long recording


def test_a_cancelled_recording_keeps_its_events(monkeypatch: pytest.MonkeyPatch) -> None:
    events = (Event(0.0, 5.0, "rain", "Natural soundscapes", 0.9),)
    so_far = Timeline("sound-spectrogram", "non-commercial", 10.0, 4, 1, events, np.zeros(4, np.float32))

    def steps(path: object, knobs: object) -> Steps[Timeline]:
        yield Progress(10, 20, "0:10: 1 event", preview=so_far)
        while True:
            yield Progress(10, 20, "0:10: 1 event", preview=so_far)

    monkeypatch.setattr(exhibit, "timeline", steps)
    page = upload_to(run(open_page()), "long-file", encoded(tone(12.0)))
    next(button for button in page.button if button.label == "Find events").click()
    run(page)
    job = page.session_state["long-job"]
    job.since(0, 60)
    job.cancel()
    assert job.wait(60)
    run(page)
    assert "**1 event** in 0:10 · 4 windows, 1 of them too quiet" in texts(page)
    assert any(text == "These are the events up to 0:10." for text in texts(page))
    assert {"Events as CSV", "Timeline as JSON"} <= {button.label for button in page.get("download_button")}
    assert len(page.dataframe) == 1
