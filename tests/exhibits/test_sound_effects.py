"""What each effect does to a sound, and that none is done by default."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from tests.recordings import tone
from zoo.core.errors import InputError
from zoo.exhibits.sound import RATE, BendKnobs, bend_samples
from zoo.exhibits.sound.effects import (
    LENGTH,
    add_noise,
    change_speed,
    filter_band,
    reverberate,
    room_response,
    shift_pitch,
)

SEEDS = st.integers(0, 9999)


def random_sound(seed: int, length: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


def peak_frequency(samples: np.ndarray) -> float:
    """Of the strongest component, to a fraction of a hertz by padding."""
    padded = 2**19
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), padded))
    return float(spectrum.argmax() * RATE / padded)


def power(samples: np.ndarray) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, length=st.integers(1, LENGTH))
def test_without_effects_the_samples_are_the_same(seed: int, length: int) -> None:
    samples = random_sound(seed, length)
    assert np.array_equal(bend_samples(samples, BendKnobs()), samples)


@settings(max_examples=30, deadline=None)
@given(speed=st.floats(0.5, 2.0), length=st.integers(1600, LENGTH))
def test_speed_divides_the_length_and_multiplies_the_frequency(speed: float, length: int) -> None:
    samples = tone(length / RATE, 440.0)
    faster = change_speed(samples, speed)
    assert len(faster) == pytest.approx(len(samples) / speed, abs=1.5)
    assert peak_frequency(faster) == pytest.approx(440 * speed, rel=0.01)


def test_speed_2_halves_the_length() -> None:
    assert len(bend_samples(tone(4.0), BendKnobs(speed=2.0))) == 2 * RATE


@pytest.mark.parametrize("semitones", [-12.0, -7.0, -0.5, 0.5, 3.0, 12.0])
def test_pitch_moves_a_sine_and_keeps_its_length(semitones: float) -> None:
    samples = tone(3.0, 660.0)
    shifted = shift_pitch(samples, semitones)
    assert len(shifted) == len(samples)
    assert peak_frequency(shifted) == pytest.approx(660 * 2 ** (semitones / 12), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(snr=st.floats(-10, 40), pink=st.booleans(), seed=SEEDS, length=st.integers(1600, LENGTH))
def test_noise_has_its_ratio_to_the_sound(snr: float, pink: bool, seed: int, length: int) -> None:
    samples = random_sound(1, length)
    noise = add_noise(samples, snr, pink, seed).astype(np.float64) - samples
    assert 10 * np.log10(power(samples) / power(noise)) == pytest.approx(snr, abs=0.5)


def test_the_seed_selects_the_noise() -> None:
    samples = random_sound(0, RATE)
    assert np.array_equal(add_noise(samples, 0, False, 3), add_noise(samples, 0, False, 3))
    assert not np.array_equal(add_noise(samples, 0, False, 3), add_noise(samples, 0, False, 4))


@pytest.mark.parametrize(("pink", "slope_db"), [(False, 0.0), (True, -3.0)])
def test_pink_noise_falls_by_3_db_an_octave(pink: bool, slope_db: float) -> None:
    noise = add_noise(np.full(LENGTH, 1e-3, np.float32), -40, pink, 0)
    frequencies, density = signal.welch(noise, RATE, nperseg=4096)
    band = (frequencies > 100) & (frequencies < 6000)
    fitted = np.polyfit(np.log2(frequencies[band]), 10 * np.log10(density[band]), 1)[0]
    assert fitted == pytest.approx(slope_db, abs=0.3)


@pytest.mark.parametrize(
    ("high_pass", "low_pass", "kept", "attenuated"),
    [(1000, 8000, 3000, 250), (0, 1000, 250, 3000), (300, 3400, 1000, 60), (300, 3400, 1000, 7500)],
)
def test_filters_attenuate_what_is_outside(high_pass: int, low_pass: int, kept: float, attenuated: float) -> None:
    inside, outside = (
        10 * np.log10(power(filter_band(tone(2.0, hertz), high_pass, low_pass)[RATE:]) / power(tone(2.0, hertz)[RATE:]))
        for hertz in (kept, attenuated)
    )
    assert inside == pytest.approx(0, abs=0.5)
    assert outside < -25


@pytest.mark.parametrize("cutoff", [1, 6000, 100, 7999])
def test_filters_are_stable_at_the_ends(cutoff: int) -> None:
    sound = random_sound(0, LENGTH)
    for filtered in (filter_band(sound, min(cutoff, 6000), 8000), filter_band(sound, 0, max(cutoff, 100))):
        assert np.isfinite(filtered).all()
        assert np.abs(filtered).max() < 1


def test_reverberation_rings_on_after_the_sound() -> None:
    click = np.zeros(RATE, np.float32)
    click[-1] = 1.0
    wet = reverberate(click, 1.0)
    assert len(wet) == RATE + len(room_response())
    assert np.allclose(wet[RATE - 1 : -1], room_response(), atol=1e-5)
    early, late = power(wet[RATE : RATE + 4000]), power(wet[-8000:-4000])
    assert 10 * np.log10(early / late) > 25
    assert len(reverberate(random_sound(0, LENGTH), 0.5)) == LENGTH
    assert np.allclose(reverberate(click, 0.0)[:RATE], click)


@settings(max_examples=15, deadline=None)
@given(
    speed=st.floats(0.5, 2.0),
    pitch=st.floats(-12, 12),
    reverb=st.integers(0, 100),
    noise=st.sampled_from(["none", "white", "pink"]),
    snr=st.integers(-10, 40),
    band=st.tuples(st.integers(0, 6000), st.integers(100, 8000)).filter(lambda band: band[0] < band[1]),
    length=st.integers(1, LENGTH),
)
def test_any_effects_give_finite_samples_of_at_most_five_seconds(
    speed: float, pitch: float, reverb: int, noise: str, snr: int, band: tuple[int, int], length: int
) -> None:
    knobs = BendKnobs(
        speed=speed, pitch=pitch, reverb=reverb, noise=noise, snr=snr, high_pass=band[0], low_pass=band[1]
    )
    bent = bend_samples(random_sound(0, length), knobs)
    assert bent.dtype == np.float32
    assert len(bent) <= LENGTH
    assert np.isfinite(bent).all()


@pytest.mark.parametrize(("high_pass", "low_pass"), [(500, 500), (6000, 100)])
def test_filters_that_leave_nothing_are_refused(high_pass: int, low_pass: int) -> None:
    with pytest.raises(InputError, match=f"low-pass cut-off of {low_pass} Hz is not above"):
        bend_samples(random_sound(0, RATE), BendKnobs(high_pass=high_pass, low_pass=low_pass))
