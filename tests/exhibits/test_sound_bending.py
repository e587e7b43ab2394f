"""The answers on a sound before and after it is bent, over the range of a knob, and the map of the classes."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import tone
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound, decode_sound, encode_wav
from zoo.examples import example_path
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound import RATE, BendCurveKnobs, BendKnobs, MapKnobs, SoundKnobs, bend, bend_curve, class_map
from zoo.exhibits.sound.bending import VALUES

SIREN = example_path("siren")
ROOT = Path(__file__).parents[2]


def probabilities(result: exhibit.SoundClassification) -> dict[str, float]:
    return {p.label: p.probability for p in result.answers[0].predictions}


def test_without_effects_both_answers_are_the_same() -> None:
    result = bend(SIREN)
    assert np.array_equal(result.samples, exhibit.window(SIREN))
    assert probabilities(result.bent) == probabilities(result.original)
    assert probabilities(result.original) == probabilities(exhibit.classify(SIREN))
    assert (result.seconds, result.notes) == (5.0, ())


def test_the_file_is_what_was_classified() -> None:
    result = bend(SIREN, BendKnobs(speed=1.5, noise="white", snr=-5))
    again = exhibit.classify(encode_wav(Sound(result.samples, RATE)))
    assert probabilities(again) == pytest.approx(probabilities(result.bent), abs=0.02)
    assert np.abs(result.samples).max() <= 1
    assert any("quieter, to stay within full scale" in note for note in result.notes)
    assert any("lasts 3.3 s" in note for note in result.notes)


def test_a_long_sound_gives_more_of_itself_to_a_faster_window() -> None:
    samples = np.concatenate([tone(5.0, 300.0), tone(7.0, 500.0)])
    result = bend((samples, RATE), BendKnobs(speed=2.0))
    assert result.seconds == 5.0
    assert not any("silent" in note for note in result.notes)
    halves = np.split(result.samples, 2)
    peaks = [np.abs(np.fft.rfft(half)).argmax() * RATE / len(half) for half in halves]
    assert peaks == pytest.approx([600, 1000], abs=2)


def test_the_window_and_the_mask_are_those_of_the_answer() -> None:
    samples = np.concatenate([tone(6.0, 300.0), decode_sound(Path(SIREN).read_bytes(), RATE).samples])
    knobs = {"start": 6.0, "frequency_mask_width": 60}
    result = bend((samples, RATE), parse_knobs(BendKnobs, **knobs, low_pass=2000))
    same = exhibit.classify((samples, RATE), parse_knobs(SoundKnobs, **knobs))
    assert probabilities(result.original) == probabilities(same)
    assert result.bent.start == result.original.start == 6.0


def test_a_sound_that_the_filters_silence_has_no_answer() -> None:
    result = bend((tone(5.0, 6000.0), RATE), BendKnobs(low_pass=100))
    assert result.bent.too_quiet
    assert not result.bent.answers
    assert result.original.answers


@pytest.mark.parametrize(
    ("samples", "knobs", "message"),
    [
        (np.zeros(RATE, np.float32), {}, "Too quiet to classify"),
        (tone(5.0), {"start": 600.0}, "ends after 5.0 s"),
        (tone(5.0), {"high_pass": 1000, "low_pass": 300}, "nothing of the sound would be left"),
    ],
)
def test_what_cannot_be_bent_is_told(samples: np.ndarray, knobs: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        bend((samples, RATE), parse_knobs(BendKnobs, **knobs))
    with pytest.raises(InputError, match=message):
        bend_curve((samples, RATE), parse_knobs(BendCurveKnobs, **knobs))


@pytest.mark.parametrize(
    "knobs",
    [
        {"speed": 0.49},
        {"speed": float("nan")},
        {"pitch": 12.5},
        {"pitch": float("inf")},
        {"reverb": 101},
        {"noise": "brown"},
        {"snr": -11},
        {"high_pass": -1},
        {"low_pass": 8001},
        {"start": 36_000.0},
        {"seed": -1},
    ],
    ids=str,
)
def test_values_out_of_range_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"^{next(iter(knobs))}: "):
        parse_knobs(BendKnobs, **knobs)


# The curve


@pytest.mark.parametrize("over", list(VALUES))
def test_a_curve_has_the_probabilities_of_single_bends(over: str) -> None:
    knobs = BendCurveKnobs(over=over, seed=3)  # type: ignore[arg-type]
    result = bend_curve(SIREN, knobs)
    (line,) = result.lines
    assert result.values == VALUES[over]
    assert line.label == exhibit.classify(SIREN).answers[0].predictions[0].label
    value = result.values[-1]
    noise = {"noise": "white"} if over == "snr" else {}
    single = bend(SIREN, parse_knobs(BendKnobs, seed=3, top_k=20, **{over: value}, **noise)).bent
    assert single.answers[0].predictions[0].label == line.best[-1]
    if line.label in probabilities(single):
        assert probabilities(single)[line.label] == pytest.approx(line.probabilities[-1], abs=1e-3)


def test_the_values_of_a_filter_go_with_the_other_filter() -> None:
    assert exhibit.curve_values(BendCurveKnobs(over="high_pass", low_pass=800)) == (0, 100, 200, 400)
    assert exhibit.curve_values(BendCurveKnobs(over="low_pass", high_pass=2500)) == (8000, 6000, 4000)


def test_each_model_has_a_line_and_silence_a_gap() -> None:
    models = ["sound-yamnet", "sound-audionet"]
    result = bend_curve((tone(5.0, 6000.0), RATE), BendCurveKnobs(over="low_pass", model=models))
    assert [line.model for line in result.lines] == models
    for line in result.lines:
        assert line.probabilities[-1] is None
        assert line.best[-1] is None
        assert line.probabilities[0] is not None
    rows = list(csv.DictReader(io.StringIO(exhibit.curve_csv(result).decode())))
    assert len(rows) == 2 * len(VALUES["low_pass"])
    assert float(rows[0]["low_pass"]) == 8000
    assert rows[-1]["probability"] == ""


# The map


@pytest.mark.parametrize("model", ["sound-yamnet", "sound-spectrogram", "sound-audionet", "sound-yamnet-audioset"])
def test_a_map_places_each_class_once(model: str) -> None:
    result = class_map(SIREN, MapKnobs(model=model))
    card = find_card(model)
    assert [one.label for one in result.classes] == [name.label for name in card.classes]
    assert len({(one.x, one.y) for one in result.classes}) == len(card.classes)
    assert all(-1 <= value <= 1 for one in result.classes for value in (one.x, one.y))
    assert all(len(set(one.nearest) - {one.label}) == 5 for one in result.classes)
    expected = probabilities(exhibit.classify(SIREN, SoundKnobs(model=[model])))
    placed = {one.label: one.probability for one in result.classes}
    assert {label: placed[label] for label in expected} == pytest.approx(expected, abs=1e-5)
    assert all(bool(one.description) == bool(card.config.get("categories")) for one in result.classes)


def test_the_map_of_a_silent_sound_has_no_probabilities() -> None:
    result = class_map((np.zeros(RATE, np.float32), RATE))
    assert {one.probability for one in result.classes} == {None}
    assert any("Too quiet" in note for note in result.notes)
    rows = list(csv.DictReader(io.StringIO(exhibit.map_csv(result).decode())))
    assert len(rows) == 50
    assert rows[0]["label"] == "dog"


@pytest.mark.trained_weights
@pytest.mark.parametrize(("model", "least"), [("sound-yamnet", 0.5), ("sound-spectrogram", 0.3)])
def test_classes_that_are_confused_lie_near_each_other(model: str, least: float) -> None:
    """Of the confusions among test clips, so many are with one of the five nearest of 49: five random ones have 0.1."""
    with (ROOT / "assets/models" / model / "confusion.csv").open(newline="") as file:
        confusions = np.array([[int(cell) for cell in row[1:]] for row in list(csv.reader(file))[1:]])
    np.fill_diagonal(confusions, 0)
    positions = np.array([[one.x, one.y] for one in class_map(SIREN, MapKnobs(model=model)).classes])
    distances = np.linalg.norm(positions[:, None] - positions, axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argsort(1)[:, :5]
    assert np.take_along_axis(confusions, nearest, 1).sum() / confusions.sum() > least
