"""The Sound page with sounds of every length and each knob at its ends."""

from itertools import product

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.input_picker import Recording
from tests.apps import run
from tests.pages.sounds import classified, open_page, page_with, upload_to
from tests.recordings import encoded, tone
from zoo.core.sounds import Sound
from zoo.exhibits.sound.knobs import RATE, AnalysisKnobs, MaskKnobs, SoundKnobs, SpectrogramKnobs


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


@pytest.mark.parametrize(
    ("ends", "seconds", "silent"),
    [*product(ENDS, LENGTHS, [False]), *product(ENDS, LENGTHS[-1:], [True])],
)
def test_every_length_with_the_knobs_at_their_ends(ends: str, seconds: float, silent: bool) -> None:
    page = page_with(tone(seconds) * (not silent), **ENDS[ends], analysis="true")
    assert classified(page) != silent
    for name, value in ENDS[ends].items():
        assert (silent and name == "opacity") or str(page.session_state[name]).removesuffix(".0") == value
