"""Speed, pitch, reverberation, noise and filters: what a sound meets between its source and a microphone.

Speed is resampling, by the SoX resampler. Pitch is a phase vocoder (Flanagan and Golden 1966,
doi:10.1002/j.1538-7305.1966.tb01706.x) and resampling, by librosa. Reverberation is a convolution with noise that
decays exponentially (Moorer 1979, doi:10.2307/3680280). Filters are Butterworth's, by SciPy.
"""

import numpy as np
import soxr

from zoo.core.errors import InputError
from zoo.exhibits.sound.knobs import RATE, WINDOW, BendKnobs
from zoo.exhibits.sound.windows import Samples

LENGTH = round(WINDOW * RATE)  # samples of a window
N_FFT = 1024  # of the phase vocoder: 64 ms
DECAY = 1.5  # seconds in which the reverberation falls by 60 dB
ORDER = 4  # of the filters: 24 dB an octave
OFF = {name: BendKnobs.model_fields[name].default for name in ("speed", "pitch", "reverb", "noise")}
NO_HIGH_PASS, NO_LOW_PASS = (BendKnobs.model_fields[name].default for name in ("high_pass", "low_pass"))


def bend_samples(samples: Samples, knobs: BendKnobs) -> Samples:
    """(N,) at 16 kHz -> (M,), at most five seconds: speed, pitch, reverberation, noise, filters, in this order.

    ``samples`` themselves where all knobs are at their defaults. Raises InputError for a low-pass cut-off at or below
    the high-pass cut-off.
    """
    check_band(knobs)
    if knobs.speed != OFF["speed"]:
        samples = change_speed(samples, knobs.speed)
    samples = samples[:LENGTH]
    if knobs.pitch != OFF["pitch"]:
        samples = shift_pitch(samples, knobs.pitch)
    if knobs.reverb != OFF["reverb"]:
        samples = reverberate(samples, knobs.reverb / 100)
    if knobs.noise != OFF["noise"]:
        samples = add_noise(samples, knobs.snr, pink=knobs.noise == "pink", seed=knobs.seed)
    return filter_band(samples, knobs.high_pass, knobs.low_pass)


def check_band(knobs: BendKnobs) -> None:
    """Raises InputError where the two filters leave nothing."""
    if knobs.low_pass <= knobs.high_pass:
        raise InputError(
            f"The low-pass cut-off of {knobs.low_pass:,} Hz is not above the high-pass cut-off of "
            f"{knobs.high_pass:,} Hz: nothing of the sound would be left. Move one of them."
        )


def change_speed(samples: Samples, speed: float) -> Samples:
    """(N,) -> (about N / speed,): faster and higher, as a tape."""
    return np.asarray(soxr.resample(samples, RATE * speed, RATE), np.float32)


def shift_pitch(samples: Samples, semitones: float) -> Samples:
    """(N,), every frequency times 2 ** (semitones / 12)."""
    import librosa  # brings numba: seconds at the first call

    padded = np.pad(samples, (0, max(0, N_FFT - len(samples))))  # no shorter than a frame
    shifted = librosa.effects.pitch_shift(padded, sr=RATE, n_steps=semitones, n_fft=N_FFT)
    return np.asarray(shifted[: len(samples)], np.float32)


def reverberate(samples: Samples, wet: float) -> Samples:
    """The sound and its reverberation, of which ``wet`` in [0, 1] is the fraction of the amplitude.

    A sound of less than five seconds is prolonged by its reverberation.
    """
    from scipy import signal

    response = room_response()
    dry = np.pad(samples, (0, max(0, min(len(response), LENGTH - len(samples)))))
    mixed = (1 - wet) * dry + wet * signal.fftconvolve(dry, response)[: len(dry)]
    return np.asarray(mixed, np.float32)


def room_response() -> Samples:
    """(N,) the impulse response of a hall, of unit energy: always the same."""
    time = np.arange(round(DECAY * RATE)) / RATE
    decaying = np.random.default_rng(0).standard_normal(len(time)) * 10 ** (-3 * time / DECAY)
    return np.asarray(decaying / np.linalg.norm(decaying), np.float32)


def add_noise(samples: Samples, snr: float, pink: bool, seed: int) -> Samples:
    """(N,) with noise whose mean power is ``snr`` dB below that of the sound."""
    noise = np.random.default_rng(seed).standard_normal(len(samples))
    if pink:  # power over frequency falls with 1 / f
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)).clip(min=1)), len(samples))
    power, noise_power = np.mean(samples.astype(np.float64) ** 2), np.mean(noise**2)
    return np.asarray(samples + noise * np.sqrt(power / noise_power / 10 ** (snr / 10)), np.float32)


def filter_band(samples: Samples, high_pass: int, low_pass: int) -> Samples:
    """(N,) without frequencies below ``high_pass`` and above ``low_pass``, in Hz."""
    for cutoff, kind, off in ((high_pass, "highpass", NO_HIGH_PASS), (low_pass, "lowpass", NO_LOW_PASS)):
        if cutoff != off:
            from scipy import signal  # a second or more

            sections = signal.butter(ORDER, cutoff, kind, fs=RATE, output="sos")
            samples = np.asarray(signal.sosfilt(sections, samples), np.float32)
    return samples
