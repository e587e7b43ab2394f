"""The timeline of a recording: windows, events and memory, with a stand-in for the network."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import encoded, tone
from zoo.core.cards import find_card
from zoo.core.errors import CancelledJob, InputError
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.exhibits.sound import (
    DEFAULT_MODEL,
    RATE,
    Timeline,
    TimelineKnobs,
    events_csv,
    format_time,
    timeline,
    timelines,
)
from zoo.exhibits.sound.timelines import sliding_windows

ROOT = Path(__file__).parents[2]
CLASSES = [name.label for name in find_card(DEFAULT_MODEL).classes]
LOW, HIGH = CLASSES.index("cow"), CLASSES.index("siren")


def by_pitch(model: str, windows: Sequence[np.ndarray], mask: object = None) -> np.ndarray:
    """Probabilities of a stand-in: a tone below 1 kHz is a cow, another a siren."""
    rows = np.full((len(windows), 50), 0.1 / 49, np.float32)
    for row, samples in zip(rows, windows, strict=True):
        hertz = np.abs(np.fft.rfft(samples)).argmax() / 5
        row[LOW if hertz < 1000 else HIGH] = 0.9
    return rows


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "probabilities", by_pitch)


def recording(folder: Path, *parts: np.ndarray) -> Path:
    path = folder / "recording.flac"
    path.write_bytes(encoded(np.concatenate(parts), format="flac", codec="flac"))
    return path


def spans(result: Timeline) -> list[tuple[str, float, float]]:
    return [(event.label, event.start, event.stop) for event in result.events]


@pytest.mark.parametrize("seconds", [0.4, 4.9, 5.0, 5.1, 12.0, 12.4])
def test_windows_cover_the_recording_once(seconds: float) -> None:
    samples = np.arange(round(seconds * 100), dtype=np.float32)
    blocks = (samples[start : start + 37] for start in range(0, len(samples), 37))
    scale = RATE // 100  # each of a hundred samples a second is repeated
    windows = list(sliding_windows((np.repeat(block, scale) for block in blocks), round(2.5 * RATE)))
    starts = [window.start for window in windows]
    assert starts == [2.5 * index for index in range(len(starts))]
    assert {len(window.samples) for window in windows} == {5 * RATE}
    assert windows[-1].stop == pytest.approx(seconds)
    assert starts[-1] + 5 >= seconds
    assert len(starts) == 1 or starts[-1] + 2.5 < seconds
    for window in windows:
        first = samples[round(window.start * 100) :][: len(window.samples) // scale]
        assert np.allclose(window.samples[::scale][: len(first)] + window.offset, first, atol=1e-3)


@pytest.mark.usefixtures("stand_in")
def test_events_follow_the_recording(tmp_path: Path) -> None:
    """Ten seconds of a low tone, ten of silence, ten of a high tone."""
    path = recording(tmp_path, tone(10.0, 300.0), np.zeros(10 * RATE, np.float32), tone(10.0, 3000.0))
    job = get_runtime().submit(lambda: timeline(path, TimelineKnobs(hop=2.5)))
    records = list(job.updates())
    result = job.result()
    assert records[-1].step == records[-1].total == 30
    assert (result.model, result.restriction) == (DEFAULT_MODEL, "non-commercial")
    assert (result.seconds, result.windows, result.quiet_windows) == (30.0, 11, 3)
    assert len(result.peaks) == 11
    assert spans(result) == [("cow", 0.0, 11.25), ("siren", 18.75, 30.0)]
    rows = list(csv.DictReader(io.StringIO(events_csv(result).decode())))
    assert list(rows[0]) == ["start", "stop", "label", "category", "probability"]
    assert [(row["label"], float(row["start"]), float(row["stop"])) for row in rows] == spans(result)
    assert rows[0]["category"] == "Animals"


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("hop", [0.5, 1 / 3 + 0.5, 2.5, 4.0, 5.0])
@pytest.mark.parametrize("seconds", [0.3, 1.2, 4.99, 5.0, 5.3, 7.4, 10.0, 11.0])
def test_the_last_event_ends_with_the_recording(tmp_path: Path, seconds: float, hop: float) -> None:
    result = run_to_completion(timeline(recording(tmp_path, tone(seconds, 3000.0)), TimelineKnobs(hop=hop)))
    assert result.seconds == pytest.approx(seconds, abs=1e-3)
    assert spans(result) == [("siren", 0.0, result.seconds)]


@pytest.mark.usefixtures("stand_in")
def test_a_high_threshold_leaves_no_event(tmp_path: Path) -> None:
    result = run_to_completion(timeline(recording(tmp_path, tone(6.0)), TimelineKnobs(threshold=0.95)))
    assert result.events == ()
    assert events_csv(result) == b"start,stop,label,category,probability\n"


def test_timeline_can_be_cancelled_within_a_step(tmp_path: Path) -> None:
    path = recording(tmp_path, tone(30.0))
    job = get_runtime().submit(lambda: timeline(path, TimelineKnobs(hop=0.5)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(60)


MEMORY = """
import resource, sys
from zoo.exhibits.sound import TimelineKnobs, timeline

peak = []
for progress in timeline(sys.argv[1], TimelineKnobs(hop=5)):
    peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(progress.step, peak[len(peak) // 4] // 1024, peak[-1] // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """The samples of the last three quarters alone would take 43 MB as float32."""
    noise = np.random.default_rng(0).standard_normal(15 * 60 * RATE).astype(np.float32) * 0.1
    (tmp_path / "street.mp3").write_bytes(encoded(noise, format="mp3", codec="libmp3lame"))
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "street.mp3")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, early, late = map(int, done.stdout.split())
    assert seconds == pytest.approx(900, abs=1)
    assert late - early < 20


def test_a_file_without_a_sound_ends_the_job_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    job = get_runtime().submit(lambda: timeline(tmp_path / "text"))
    with pytest.raises(InputError, match="not a sound"):
        job.result(60)
    missing = get_runtime().submit(lambda: timeline(tmp_path / "missing"))
    with pytest.raises(InputError, match="no file"):
        missing.result(60)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (67.9, "1:07"), (3723, "1:02:03")])
def test_format_time(seconds: float, text: str) -> None:
    assert format_time(seconds) == text
