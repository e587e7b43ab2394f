"""The window that a network is given has no constant offset, and what was removed is told."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings import encoded, tone, wav_of_channels
from zoo.core.sounds import Sound
from zoo.core.steps import run_to_completion
from zoo.examples import example_path
from zoo.exhibits.sound import (
    RATE,
    AnalysisKnobs,
    ExplanationKnobs,
    SpectrogramKnobs,
    TimelineKnobs,
    analysis,
    classify,
    explanation,
    spectrogram,
    timeline,
    window,
)
from zoo.exhibits.sound.windows import TOO_QUIET, without_offset

NOISE = np.random.default_rng(0).normal(0, 0.1, 5 * RATE).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(st.floats(-0.5, 0.5), st.floats(0.2, 1))
def test_an_offset_changes_nothing(offset: float, seconds: float) -> None:
    samples = NOISE[: round(seconds * RATE)]
    plain, moved = window(Sound(samples, RATE)), window(Sound(samples + np.float32(offset), RATE))
    assert np.abs(plain - moved).max() < 0.01
    assert not moved[len(samples) :].any()


def test_a_sound_without_an_offset_stays_as_it_is() -> None:
    burst = np.zeros(5 * RATE, np.float32)
    burst[:4000] = 0.5  # the mean is not zero
    pulses = np.full(5 * RATE, -0.05, np.float32)
    pulses[::10] = 0.45  # the median is not zero
    for samples in (burst, pulses, tone(5.0), NOISE):
        assert without_offset(samples)[1] == 0
        assert np.array_equal(window(Sound(samples, RATE)), samples)


def test_an_offset_alone_is_silence() -> None:
    result = classify((np.full(RATE, 0.3, np.float32), RATE))
    assert result.too_quiet
    assert result.notes == ("The samples had a constant offset of 0.300 of full scale, which was removed.", TOO_QUIET)


def test_every_operation_tells_what_was_done() -> None:
    sound = encoded(tone(2.0) + np.float32(0.2))
    results = [classify(sound), spectrogram(sound, SpectrogramKnobs()), explanation(sound, ExplanationKnobs())]
    results.append(analysis(sound, AnalysisKnobs()))
    for result in results:
        (note,) = result.notes
        assert "constant offset of 0.200" in note


def test_a_timeline_tells_the_same(tmp_path: object) -> None:
    path = tmp_path / "recording.wav"  # type: ignore[operator]
    samples = tone(7.0, 300)
    path.write_bytes(wav_of_channels(samples + 0.2, 0.2 - samples))
    result = run_to_completion(timeline(path, TimelineKnobs(hop=2.5)))
    assert result.peaks.max() == pytest.approx(0.5, abs=0.02)
    phase, offset = result.notes
    assert "opposite phase" in phase
    assert offset == "The samples of 2 windows had a constant offset, which was removed."


def test_opposite_phase_has_the_classes_of_its_channels() -> None:
    recording = window(example_path("siren"))
    alone = classify((recording, RATE))
    cancelled = classify((np.stack([recording, -recording], 1), RATE))
    names = [[dataclasses.astuple(p)[:2] for p in result.answers[0].predictions] for result in (alone, cancelled)]
    assert names[0] == names[1]
    assert len(cancelled.notes) == 1
