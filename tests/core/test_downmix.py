"""Several channels give their mean, and never silence where a channel has a sound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings import tone, wav_of_channels
from zoo.core.downmix import Downmix
from zoo.core.sounds import decode_sound, from_samples

RATE = 16_000
TONE = tone(3.0)


@pytest.mark.parametrize("offset", [0.0, 0.2])
def test_opposite_phase_is_no_silence(offset: float) -> None:
    sound = decode_sound(wav_of_channels(TONE + offset, offset - TONE), RATE)
    assert (sound.samples - sound.samples.mean()).std() == pytest.approx(TONE.std(), rel=0.01)
    (note,) = sound.notes
    assert "opposite phase: for 3.0 s the loudest channel is used" in note
    python = from_samples(np.stack([TONE + offset, offset - TONE], 1), RATE, RATE)
    assert np.abs(python.samples - sound.samples).max() < 1e-3
    assert python.notes == sound.notes


def test_other_channels_give_their_mean() -> None:
    quiet = np.zeros_like(TONE)
    for channels in ([TONE, TONE], [TONE, quiet], [TONE, TONE / 3], [TONE, tone(3.0, 700)], [quiet, quiet]):
        sound = decode_sound(wav_of_channels(*channels), RATE)
        assert np.abs(sound.samples - np.mean(channels, 0)).max() < 1e-3
        assert sound.notes == ()


def test_one_channel_of_six_is_heard() -> None:
    quiet = np.zeros_like(TONE)
    assert np.abs(decode_sound(wav_of_channels(*[quiet] * 2, TONE, *[quiet] * 3), RATE).samples - TONE).max() < 1e-3


def test_the_change_between_mean_and_channel_is_faded() -> None:
    right = np.concatenate([TONE[:RATE], -TONE[RATE : 2 * RATE], TONE[2 * RATE :]])
    sound = from_samples(np.stack([TONE, right], 1), RATE, RATE)
    assert np.abs(sound.samples - TONE).max() < 0.5
    assert np.abs(np.diff(sound.samples)).max() < 2 * np.abs(np.diff(TONE)).max()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), min_size=1, max_size=5),
    st.integers(1, 3),
)
def test_no_mix_is_silent_or_louder_than_its_channels(gains: list[list[float]], channels: int) -> None:
    downmix, noise = Downmix(1000), np.random.default_rng(0).normal(size=1000).astype(np.float32)
    for gain in gains:
        block = noise[:, None] * np.array(gain[:channels], np.float32)
        loudest = block.std(0).max()
        mixed = downmix(block)
        assert np.abs(mixed).max(initial=0) <= np.abs(block).max(initial=0) * 1.0001
        assert mixed[10:].std() >= 0.24 * loudest
