"""Synthesize the example sounds from noise and oscillators, free of licences: assets/examples/sound-*.ogg."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from training.sound.clips import RATE, SECONDS
from zoo.core.assets import EXAMPLES

Wave = NDArray[np.float64]
FRAME_SIZE = RATE // 50  # samples of an Opus frame
TIME = np.arange(RATE * SECONDS) / RATE


def noise(generator: np.random.Generator, low: float, high: float, samples: int = len(TIME)) -> Wave:
    """White noise between two frequencies in Hz."""
    filtered = signal.sosfilt(
        signal.butter(2, (low, high), "bandpass", fs=RATE, output="sos"), generator.standard_normal(samples)
    )
    return np.asarray(filtered)


def decaying_tones(partials: list[tuple[float, float, float]], seconds: float) -> Wave:
    """Sines that decay exponentially. ``partials``: (Hz, amplitude, time constant in seconds) of each."""
    time = np.arange(round(seconds * RATE)) / RATE
    return np.sum([a * np.sin(2 * np.pi * f * time) * np.exp(-time / decay) for f, a, decay in partials], axis=0)


def repeated(sound: Wave, starts: list[float], gains: list[float]) -> Wave:
    """The same sound at several start times in seconds, each with its gain."""
    whole = np.zeros(len(TIME))
    for start, gain in zip(starts, gains, strict=True):
        first = round(start * RATE)
        part = sound[: len(whole) - first]
        whole[first : first + len(part)] += gain * part
    return whole


def with_echoes(wave: Wave, generator: np.random.Generator) -> Wave:
    """The sound in a wide space: its echoes decay over a second and a half."""
    echoes = generator.standard_normal(3 * RATE) * np.exp(-np.arange(3 * RATE) / (0.5 * RATE))
    echoes *= 0.6 / np.sqrt((echoes**2).sum())
    return wave + np.asarray(signal.fftconvolve(wave, echoes)[: len(wave)])


def rain(generator: np.random.Generator) -> Wave:
    """Band-limited noise for distant drops, and filtered impulses for near ones."""
    drops = np.zeros(len(TIME))
    drops[generator.integers(0, len(TIME), 4000)] = generator.exponential(1.0, 4000)
    near = signal.sosfilt(signal.butter(2, (1500, 7000), "bandpass", fs=RATE, output="sos"), drops)
    return 0.3 * noise(generator, 400, 7500) + 0.8 * np.asarray(near)


def siren(generator: np.random.Generator) -> Wave:
    """A tone with overtones that sweeps between 600 and 1,400 Hz, with an echo."""
    pitch = 1000 - 400 * np.cos(2 * np.pi * 0.35 * TIME)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(k * phase) / k for k in (1, 2, 3, 4))
    echo = np.pad(tone, (RATE // 6, 0))[: len(tone)]
    return tone + 0.4 * echo + 0.1 * noise(generator, 100, 2000)


def clock(generator: np.random.Generator) -> Wave:
    """Two ticks a second in a quiet room: double noise bursts with the resonances of a case."""
    case = [(900, 0.4, 0.012), (2300, 1, 0.006), (3700, 0.8, 0.004), (5600, 0.6, 0.003)]
    click = 0.5 * decaying_tones(case, 0.1) + noise(generator, 2000, 7000, RATE // 10) * np.exp(
        -np.arange(RATE // 10) / 30
    )
    echo = np.pad(click, (round(0.018 * RATE), 0))[: len(click)]  # the wheel's tooth meets the anchor's other side
    starts = [0.1 + 0.5 * k for k in range(10)]
    return repeated(click + 0.5 * echo, starts, [1.0, 0.7] * 5) + 0.02 * noise(generator, 100, 4000)


# The partials of a tuned bell: hum, prime, tierce, quint, nominal and above. Frequency ratio, amplitude, time constant.
BELL = [
    (0.5, 0.5, 3.5),
    (1.0, 1.0, 2.2),
    (1.19, 0.7, 1.8),
    (1.5, 0.4, 1.4),
    (2.0, 1.0, 1.1),
    (2.5, 0.4, 0.7),
    (2.67, 0.4, 0.6),
    (3.0, 1.0, 0.5),
    (4.0, 0.8, 0.35),
    (5.33, 0.6, 0.25),
    (6.7, 0.4, 0.18),
]


def bells(generator: np.random.Generator) -> Wave:
    """Three bells over a town. Each partial is doubled at a slightly higher frequency, so that it beats."""
    whole = np.zeros(len(TIME))
    for pitch, offset in ((440.0, 0.0), (349.2, 0.55), (523.3, 1.1)):
        ringing = decaying_tones(
            [(pitch * ratio * detune, loud / 2, decay) for ratio, loud, decay in BELL for detune in (1, 1.003)], 5
        )
        clapper = 0.3 * noise(generator, 1500, 6000, RATE // 10) * np.exp(-np.arange(RATE // 10) / 250)
        ringing[: len(clapper)] += clapper
        whole += repeated(ringing, [offset, offset + 1.65, offset + 3.3], [1.0, 0.9, 0.8])
    return with_echoes(whole, generator) + 0.05 * noise(generator, 100, 3000)


def waves(generator: np.random.Generator) -> Wave:
    """Noise whose loudness and brightness rise and fall with each wave."""
    swell = 0.25 + np.maximum(0, np.sin(2 * np.pi * 0.21 * TIME - 0.6)) ** 1.5
    foam = np.maximum(0, np.sin(2 * np.pi * 0.21 * TIME - 1.2)) ** 3
    return (
        swell * noise(generator, 80, 900) * 1.6 + foam * noise(generator, 700, 6000) + 0.1 * noise(generator, 60, 4000)
    )


def helicopter(generator: np.random.Generator) -> Wave:
    """Noise that is modulated twenty times a second, over the noise of a turbine."""
    beat = (1 + signal.sawtooth(2 * np.pi * 20 * TIME, 0.15)) / 2
    return (
        beat**2 * noise(generator, 40, 900) * 2
        + beat**1.5 * noise(generator, 500, 3000) * 0.2
        + 0.05 * noise(generator, 1500, 5000)
    )


SOUNDS: tuple[Callable[[np.random.Generator], Wave], ...] = (rain, siren, clock, bells, waves, helicopter)


def write_ogg(path: Path, wave: Wave) -> None:
    """Mono Ogg Opus with a peak of 0.8, faded over 10 ms at both ends."""
    fade = np.minimum(1, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / (0.01 * RATE))
    samples = (0.8 * fade * wave / np.abs(wave).max()).astype(np.float32)
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = 40_000
        for start in range(0, len(samples), FRAME_SIZE):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + FRAME_SIZE], format="flt", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def examples() -> None:
    """Write the example sounds to assets/examples, the same in each run."""
    for number, make in enumerate(SOUNDS):
        write_ogg(EXAMPLES / f"sound-{make.__name__}.ogg", make(np.random.default_rng(number)))
