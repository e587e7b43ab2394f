"""Sound from the microphone, window by window."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages.components.microphone import parse_window
from pages.components.sound_live import Live, add_answer, last_probabilities
from tests.recordings import tone
from zoo.core.errors import InputError
from zoo.examples import example_path
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import RATE


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
