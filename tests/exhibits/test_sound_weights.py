"""What the bundled weights of Sound predict. It may change when the weights change."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import encoded
from training.sound.strangers import KINDS, MEASURED_ONLY, as_window
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.sounds import Sound, decode_sound
from zoo.core.steps import run_to_completion
from zoo.examples import SOUND_EXAMPLES, example_path
from zoo.exhibits.sound import (
    DEFAULT_MODEL,
    RATE,
    ExplanationKnobs,
    TimelineKnobs,
    classify,
    evaluate,
    explanation,
    probabilities,
    timeline,
)

pytestmark = pytest.mark.trained_weights
MODELS = [card.name for card in exhibit_cards("sound")]
CLASSES = {
    "rain": "rain",
    "siren": "siren",
    "clock": "clock tick",
    "bells": "church bells",
    "waves": "sea waves",
    "helicopter": "helicopter",
}


def samples(name: str) -> np.ndarray:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE).samples


@pytest.mark.parametrize("name", [example.name for example in SOUND_EXAMPLES])
def test_examples_are_classified_correctly(name: str) -> None:
    (answer,) = classify(example_path(name)).answers
    assert answer.predictions[0].label == CLASSES[name]


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("music", 0.9),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (("game effects", 0.9), ("tones", 0.9), ("drums", 0.5))
        ),
    ],
)
def test_sounds_of_no_class_are_marked_as_unsure(kind: str, share: float) -> None:
    """Drums are of a kind that was not trained on."""
    generator = np.random.default_rng(100)
    windows = [as_window((KINDS | MEASURED_ONLY)[kind](generator)) for _ in range(30)]
    confidence = probabilities("sound-yamnet", windows).max(1)
    assert (confidence < find_card("sound-yamnet").config["unsure_below"]).mean() >= share


def test_the_published_network_hears_music() -> None:
    generator = np.random.default_rng(100)
    windows = [as_window(KINDS["music"](generator)) for _ in range(5)]
    classes = find_card("sound-yamnet-audioset").classes
    best = probabilities("sound-yamnet-audioset", windows).argmax(1)
    assert {classes[index].label for index in best} == {"Music"}


@pytest.mark.parametrize("model", MODELS)
def test_evidence_is_where_the_sound_is(model: str) -> None:
    silence = np.zeros(3 * RATE, np.float32)
    late = Sound(np.concatenate([silence, samples("clock")[: 2 * RATE]]), RATE)
    target = "Tick" if model == "sound-yamnet-audioset" else "clock tick"
    columns = explanation(late, ExplanationKnobs(model=model, target=target)).heat.mean(0)
    assert columns[int(0.6 * len(columns)) :].max() >= columns[: int(0.4 * len(columns))].max()


def test_events_of_a_recording(tmp_path: Path) -> None:
    """Ten seconds of rain, ten of silence, ten of bells."""
    parts = [samples("rain")] * 2 + [np.zeros(10 * RATE, np.float32)] + [samples("bells")] * 2
    path = tmp_path / "recording.flac"
    path.write_bytes(encoded(np.concatenate(parts), format="flac", codec="flac"))
    result = run_to_completion(timeline(path, TimelineKnobs(hop=2.5, threshold=0.3)))
    labels = [event.label for event in result.events]
    assert labels[0] == "rain"
    assert "church bells" in labels
    rain, bells = result.events[0], result.events[labels.index("church bells")]
    assert rain.start == 0
    assert rain.stop <= 12.5
    assert bells.start >= 17.5


@pytest.mark.parametrize("model", [DEFAULT_MODEL, ENSEMBLE])
def test_evaluation_of_the_examples(tmp_path: Path, model: str) -> None:
    """Four examples named as ESC-50's clips are; the last one has a wrong class."""
    for index, (name, number) in enumerate([("rain", 10), ("siren", 42), ("bells", 46), ("waves", 0)]):
        (tmp_path / f"1-{index}-A-{number}.ogg").write_bytes(Path(example_path(name)).read_bytes())
    result = evaluate(tmp_path, model)
    assert (result.model, result.n) == (model, 4)
    assert result.recall["dog"] == 0
    assert result.accuracy == pytest.approx(np.mean(list(result.recall.values())))
    assert result.accuracy >= 0.5
    with tarfile.open(tmp_path / "clips.tar", "w") as archive:
        for path in sorted(tmp_path.glob("*.ogg")):
            archive.add(path, f"audio/{path.name}")
    assert evaluate(tmp_path / "clips.tar", model) == result
