"""The Sound page: evidence, models, pins, classes, and long recordings."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.sound_classes import EXAMPLE_OF
from tests.apps import run
from tests.pages.sounds import open_page, page_with, texts, upload_to
from tests.recordings import encoded, tone
from zoo.core.cards import exhibit_cards
from zoo.core.steps import Progress, Steps
from zoo.examples import example_path
from zoo.exhibits import find_exhibit
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.results import Event, Timeline


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


def test_the_lead_counts_the_networks() -> None:
    number = {3: "three", 4: "four", 5: "five"}[len(exhibit_cards("sound"))]
    assert f"{number} networks classify it" in find_exhibit("sound").sentence


def test_models_stand_with_their_titles_and_the_link_has_their_names() -> None:
    page = run(open_page(example="rain", model="sound-audionet"))
    assert set(page.pills(key="model").options) == {
        "AudioNet",
        "MobileNetV2 on spectrograms",
        "YAMNet on AudioSet",
        "YAMNet on ESC-50",
    }
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


def captions(page: AppTest) -> list[str]:
    return [text.value for text in page.caption]


def test_examples_of_classes_are_bundled_and_classified_as_these() -> None:
    for label, name in EXAMPLE_OF.items():
        assert exhibit.classify(Path(example_path(name))).answers[0].predictions[0].label == label


# A long recording


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


def test_bars_of_classes_without_a_category_have_a_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A colour scale that does not have a category draws nothing for it."""
    drawn: dict[str, object] = {}

    def keep(answer: object, facts: str, kind: str, categories: object = None) -> None:
        drawn[answer.model] = categories  # type: ignore[attr-defined]

    monkeypatch.setattr("pages.components.predictions.draw_answer", keep)
    page = open_page(example="bells")
    page.query_params["model"] = ["sound-yamnet", "sound-audionet", "sound-yamnet-audioset"]
    run(page)
    assert drawn["YAMNet on AudioSet"] is None
    for title in ("YAMNet on ESC-50", "AudioNet", "Average"):
        category_of, colours = drawn[title]  # type: ignore[misc]
        assert set(category_of.values()) <= set(colours)
