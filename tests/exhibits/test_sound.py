"""Sound: the library's answers, its timeline and its measure."""

import csv
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import encoded, tone
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import CancelledJob, InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.runtime import get_runtime
from zoo.core.sounds import Sound, decode_sound
from zoo.examples import SOUND_EXAMPLES, example_path
from zoo.exhibits.sound import (
    DEFAULT_MODEL,
    RATE,
    SoundKnobs,
    SpectrogramKnobs,
    TimelineKnobs,
    clock,
    draw,
    evaluate,
    explain,
    family_of,
    probabilities,
    sound,
    spectrogram,
    ticks,
    timeline,
    waveform,
    window,
    write_events,
)
from zoo.exhibits.sound.timelines import overlapping

ROOT = Path(__file__).parents[1]
CARDS = exhibit_cards("sound")
EVERY_MODEL = pytest.mark.parametrize("model", [card.name for card in CARDS])
CLASSES = {
    "rain": "rain",
    "siren": "siren",
    "clock": "clock tick",
    "bells": "church bells",
    "waves": "sea waves",
    "helicopter": "helicopter",
}


def example(name: str) -> Sound:
    return decode_sound(Path(example_path(name)).read_bytes(), RATE)


@pytest.mark.parametrize("name", [sample.name for sample in SOUND_EXAMPLES])
def test_examples_are_recognised(name: str) -> None:
    (answer,) = sound(example(name)).answers
    assert answer.predictions[0].label == CLASSES[name]


def test_several_models_are_averaged_and_families_add_up() -> None:
    names = [card.name for card in CARDS]
    heard = sound(example("rain"), SoundKnobs(model=names, top_k=20))
    assert [answer.model for answer in heard.answers] == names
    assert heard.ensemble is not None
    samples = [window(example("rain"))]
    weights = np.array([card.config["weight"] for card in CARDS])
    powers = [
        probabilities(name, samples)[0] ** weight for name, weight in zip(names, weights / weights.max(), strict=True)
    ]
    expected = np.prod(powers, axis=0) / np.prod(powers, axis=0).sum()
    best = heard.ensemble.predictions[0]
    assert best.label == CARDS[0].classes[int(expected.argmax())].label
    assert best.probability == pytest.approx(expected.max(), abs=1e-5)
    assert heard.ensemble.model == ENSEMBLE
    assert sum(heard.families.values()) == pytest.approx(1, abs=1e-4)
    assert list(heard.families) == find_card(names[0]).config["families"]
    (row,) = probabilities(ENSEMBLE, samples)
    assert row.max() == pytest.approx(best.probability, abs=1e-5)


def test_families_are_those_of_the_data_set() -> None:
    known = {"dog": 0, "crow": 0, "rain": 1, "thunderstorm": 1, "snoring": 2, "mouse click": 3, "hand saw": 4}
    for label, place in known.items():
        assert family_of(CARDS[0], label) == CARDS[0].config["families"][place]


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), 0.002 * tone(5.0)])
def test_silence_is_not_guessed_at(samples: np.ndarray) -> None:
    heard = sound(Sound(samples, RATE))
    assert heard.quiet
    assert heard.answers == ()


@EVERY_MODEL
def test_start_and_hiding_change_what_is_heard(model: str) -> None:
    quiet, rain = np.zeros(6 * RATE, np.float32), example("rain").samples
    both = Sound(np.concatenate([quiet, rain]), RATE)
    assert sound(both, SoundKnobs(model=[model])).quiet
    whole = sound(both, SoundKnobs(model=[model], start=6.0))
    assert whole.answers[0].predictions == sound(Sound(rain, RATE), SoundKnobs(model=[model])).answers[0].predictions
    hidden = sound(both, SoundKnobs(model=[model], start=6.0, hide_from=1, hide_seconds=3, hide_band=60, hide_bands=60))
    assert hidden.answers[0].predictions != whole.answers[0].predictions


def test_what_cannot_be_heard_is_an_error() -> None:
    rain = example("rain")
    with pytest.raises(InputError, match="ends after"):
        sound(rain, SoundKnobs(start=5.0))
    with pytest.raises(InputError, match="samples a second"):
        sound(Sound(rain.samples, 8000))
    with pytest.raises(InputError, match="not of sounds"):
        sound(rain, SoundKnobs(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError):
        sound(rain, SoundKnobs(model=["nobody"]))
    with pytest.raises(InputError, match="no class"):
        explain(window(rain), DEFAULT_MODEL, "unicorn")


@EVERY_MODEL
def test_explanation_lights_up_where_the_sound_is(model: str) -> None:
    samples = np.concatenate([np.zeros(3 * RATE, np.float32), example("clock").samples[: 2 * RATE]])
    heat = explain(samples, model, "clock tick")
    assert heat.ndim == 2
    assert 0 <= heat.min() <= heat.max() <= 1
    columns = heat.mean(0)
    assert columns[int(0.6 * len(columns)) :].max() >= columns[: int(0.4 * len(columns))].max()


def test_spectrogram_is_drawn_as_asked() -> None:
    samples = window(Sound(tone(5.0, 1000.0), RATE))
    seen = spectrogram(samples, SpectrogramKnobs(fft=2048, hop=512, mels=64, span=60))
    assert seen.decibels.shape == (64, 1 + 80_000 // 512)
    assert (seen.decibels.min(), seen.decibels.max()) == (-60, 0)
    loudest = seen.hertz[seen.decibels.mean(1).argmax()]
    assert loudest == pytest.approx(1000, abs=60)
    picture = draw(seen, size=(100, 64))
    row = np.asarray(picture, np.float32).sum(-1).mean(1).argmax()
    assert row == pytest.approx(63 - seen.decibels.mean(1).argmax(), abs=1)
    marked = draw(seen, hidden=SoundKnobs(hide_from=2.5, hide_seconds=2.5), size=(100, 64))
    assert np.array_equal(np.asarray(marked)[:, :50], np.asarray(picture)[:, :50])
    assert np.asarray(marked)[:, 51:].std(axis=(0, 1)).max() < 5
    dimmed = draw(seen, np.zeros((1, 5), np.float32), 1.0, size=(100, 64))
    assert np.asarray(dimmed).max() == 0
    times, hertz = ticks(seen)
    assert times[0] == (0.0, "0 s")
    assert times[-1] == (1.0, "5 s")
    assert [share for share, _ in hertz] == sorted(share for share, _ in hertz)


def test_waveform_holds_every_extreme() -> None:
    samples = np.zeros(10_000, np.float32)
    samples[[17, 9_999]] = 1, -1
    shape = waveform(samples, 100)
    assert shape.shape == (100, 2)
    assert shape[0].tolist() == [0, 1]
    assert shape[-1].tolist() == [-1, 0]
    assert waveform(samples[:7], 100).shape == (100, 2)


# Long recordings


@pytest.mark.parametrize("seconds", [0.4, 4.9, 5.0, 5.1, 12.0, 12.4])
def test_windows_cover_the_recording_and_nothing_twice(seconds: float) -> None:
    samples = np.arange(round(seconds * 100), dtype=np.float32)
    blocks = (samples[start : start + 37] for start in range(0, len(samples), 37))
    scale = RATE // 100  # a hundredth of the samples, each repeated
    windows = list(overlapping((np.repeat(block, scale) for block in blocks), hop=round(2.5 * RATE)))
    starts = [start for start, _, _ in windows]
    assert starts == [2.5 * place for place in range(len(starts))]
    assert {len(part) for _, part, _ in windows} == {5 * RATE}
    assert starts[-1] + 5 >= seconds
    assert len(starts) == 1 or starts[-1] + 2.5 < seconds
    for start, part, _ in windows:
        first = samples[round(start * 100) :][: len(part) // scale]
        assert np.array_equal(part[::scale][: len(first)], first)


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of rain, ten of nothing, ten of bells."""
    parts = [example("rain").samples] * 2 + [np.zeros(10 * RATE, np.float32)] + [example("bells").samples] * 2
    path = tmp_path_factory.mktemp("long") / "afternoon.flac"
    path.write_bytes(encoded(np.concatenate(parts), format="flac", codec="flac"))
    return path


def test_timeline_tells_when_what_was_heard(afternoon: Path, tmp_path: Path) -> None:
    job = get_runtime().submit(lambda: timeline(afternoon, knobs=TimelineKnobs(every=2.5, at_least=0.3)))
    records = list(job.updates())
    result = job.result()
    assert records[-1].step == records[-1].total == 30
    assert result.windows == 11
    assert result.quiet >= 3
    labels = [event.label for event in result.events]
    assert labels[0] == "rain"
    assert "church bells" in labels
    rain, bells = result.events[0], result.events[labels.index("church bells")]
    assert rain.start == 0
    assert rain.stop <= 12.5
    assert bells.start >= 17.5
    assert all(event.start < event.stop for event in result.events)
    write_events(result, tmp_path / "events.csv")
    with (tmp_path / "events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == labels
    assert float(rows[0]["stop"]) == rain.stop


def test_timeline_can_be_cancelled_within_a_step(afternoon: Path) -> None:
    job = get_runtime().submit(lambda: timeline(afternoon, knobs=TimelineKnobs(every=0.5)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(60)


MEMORY = """
import resource, sys
from pathlib import Path
from zoo.exhibits.sound import TimelineKnobs, timeline

peak = []
for progress in timeline(Path(sys.argv[1]), knobs=TimelineKnobs(every=5)):
    peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(progress.step, peak[len(peak) // 4] // 1024, peak[-1] // 1024)
"""


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """The samples of the last three quarters alone would be 43 MB as they come, and 86 MB as they are computed with."""
    noise = np.random.default_rng(0).standard_normal(15 * 60 * RATE).astype(np.float32) * 0.1
    (tmp_path / "street.mp3").write_bytes(encoded(noise, format="mp3", codec="libmp3lame"))
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "street.mp3")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, early, late = map(int, done.stdout.split())
    assert seconds == pytest.approx(900, abs=1)
    assert late - early < 20


def test_what_is_no_recording_ends_the_job_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    job = get_runtime().submit(lambda: timeline(tmp_path / "text"))
    with pytest.raises(InputError, match="not a sound"):
        job.result(60)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (67.9, "1:07"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


# Evaluation


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Four clips of ours named as ESC-50 names its own; the last is of a wrong class."""
    for index, (name, number) in enumerate([("rain", 10), ("siren", 42), ("bells", 46), ("waves", 0)]):
        (tmp_path / f"1-{index}-A-{number}.ogg").write_bytes(Path(example_path(name)).read_bytes())
    return tmp_path


@pytest.mark.parametrize("model", [DEFAULT_MODEL, ENSEMBLE])
def test_evaluation_counts_per_class(clips: Path, model: str) -> None:
    result = evaluate(clips, model)
    assert (result.model, result.n) == (model, 4)
    assert result.recall["dog"] == 0
    assert result.accuracy == pytest.approx(np.mean(list(result.recall.values())))
    assert result.accuracy >= 0.5


def test_tar_is_read_like_a_folder(clips: Path) -> None:
    with tarfile.open(clips / "clips.tar", "w") as archive:
        for path in sorted(clips.glob("*.ogg")):
            archive.add(path, f"audio/{path.name}")
    assert evaluate(clips / "clips.tar", DEFAULT_MODEL) == evaluate(clips, DEFAULT_MODEL)


def test_evaluation_says_what_it_misses(tmp_path: Path) -> None:
    with pytest.raises(NoKnownClassError, match="No clip"):
        evaluate(tmp_path, DEFAULT_MODEL)
    (tmp_path / "1-1-A-3.wav").write_text("hello")
    with pytest.raises(InputError, match=r"1-1-A-3\.wav: This is not a sound"):
        evaluate(tmp_path, DEFAULT_MODEL)
    with pytest.raises(InputError, match="neither a folder nor a tar"):
        evaluate(tmp_path / "1-1-A-3.wav", DEFAULT_MODEL)
