"""The part of Sound that bends the clip, and the map of the classes."""

import numpy as np
from streamlit.testing.v1 import AppTest

from pages.components.sound_bend import PRESETS, in_words
from tests.apps import run
from tests.pages.sounds import open_page, page_with, texts
from tests.recordings import tone
from zoo.examples import example_path
from zoo.exhibits.sound import RATE, BendKnobs, bend


def bending(**link: str) -> AppTest:
    return run(open_page(example="siren", bend="true", **link))


def change(page: AppTest) -> str:
    (line,) = [text for text in texts(page) if "→" in text and text.startswith("####")]
    return line.removeprefix("#### ")


def expected(**knobs: object) -> str:
    result = bend(example_path("siren"), BendKnobs(**knobs))  # type: ignore[arg-type]
    return f"{in_words(result.original)} → {in_words(result.bent)}"


def test_the_section_computes_nothing_until_it_is_opened() -> None:
    page = run(open_page(example="siren"))
    assert not [text for text in texts(page) if "→" in text]
    assert "speed" not in page.session_state


def test_a_slider_moves_the_answer() -> None:
    page = bending()
    assert change(page) == expected()
    page.slider(key="high_pass").set_value(6000)
    run(page)
    assert change(page) == expected(high_pass=6000)
    assert not page.exception


def test_a_link_restores_the_effects() -> None:
    page = bending(speed="1.5", noise="pink", snr="-5", seed="7")
    assert change(page) == expected(speed=1.5, noise="pink", snr=-5, seed=7)


def test_both_ends_of_each_slider() -> None:
    for name in ("speed", "pitch", "reverb", "high_pass", "low_pass"):
        page = bending()
        for end in (page.slider(key=name).min, page.slider(key=name).max):
            page.slider(key=name).set_value(end)
            run(page)
            assert not page.exception
            assert change(page)


def test_presets_set_all_effects_and_off_ends_them() -> None:
    page = bending(speed="1.5")
    page.button(key="preset-Telephone").click()
    run(page)
    assert change(page) == expected(**PRESETS["Telephone"])
    page.button(key="preset-Windy street").click()
    run(page)
    assert change(page) == expected(**PRESETS["Windy street"])
    page.button(key="preset-off").click()
    run(page)
    assert change(page) == expected()
    assert "snr" not in [slider.key for slider in page.slider]


def test_filters_that_leave_nothing_are_a_sentence() -> None:
    page = open_page(example="siren", bend="true", high_pass="1000", low_pass="300").run()
    assert not page.exception
    assert ["nothing of the sound would be left" in error.value for error in page.error] == [True]
    page.slider(key="low_pass").set_value(3000)
    run(page)
    assert not page.error
    assert change(page)


def test_a_bent_sound_that_is_too_quiet_is_told() -> None:
    page = page_with(tone(5.0, 6000.0), bend="true", low_pass="100")
    assert not page.exception
    assert change(page).endswith("→ too quiet to classify")


def test_a_silent_clip_cannot_be_bent() -> None:
    page = page_with(np.zeros(3 * RATE), bend="true")
    assert not page.exception
    assert "Bend the clip" not in [expander.label for expander in page.expander]


def test_the_curve_has_its_downloads_and_its_code() -> None:
    page = bending(curve="true", over="snr")
    assert not page.exception
    downloads = {button.label for button in page.get("download_button")}
    assert {"Bent sound", "Both answers as JSON", "Curve as CSV", "Curve as JSON"} <= downloads
    assert any('zoo.sound_bend_curve(zoo.example("siren"), over="snr")' in code.value for code in page.code)
    labels = [expander.label for expander in page.expander]
    assert len(labels) == len(set(labels))


def test_a_pinned_bend_stays_beside_the_next() -> None:
    page = bending()
    page.button(key="pin-sound-bend").click()
    run(page)
    page.slider(key="low_pass").set_value(200)
    run(page)
    assert "low pass: 8000 → 200" in [text.value for text in page.text]
    assert len([text for text in texts(page) if text.startswith("####")]) == 2


def test_the_map_and_the_list_are_of_the_same_classes() -> None:
    page = run(open_page(example="waves", classes="true"))
    assert not page.exception
    page.segmented_control(key="class-category").set_value("Natural soundscapes")
    run(page)
    page.pills(key="class-in-Natural soundscapes").set_value("wind")
    run(page)
    assert any(text.startswith("Low noise whose strength") for text in texts(page))
    (similar,) = [text for text in texts(page) if text.startswith("Most similar to the network: ")]
    assert "For the sound above: " in similar
    assert {"Map as CSV", "Map as JSON"} <= {button.label for button in page.get("download_button")}


def test_a_silent_sound_leaves_the_map_to_browse() -> None:
    page = page_with(np.zeros(3 * RATE), classes="true")
    assert not page.exception
    page.pills(key="class-in-Animals").set_value("dog")
    run(page)
    (similar,) = [text for text in texts(page) if text.startswith("Most similar to the network: ")]
    assert "For the sound above" not in similar
