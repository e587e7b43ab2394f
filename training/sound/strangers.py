"""Sounds of none of ESC-50's classes: speech by espeak-ng, and music and effects made of oscillators and noise.

A network learns from some of them that no class is right, and others, of other voices, sentences and random numbers,
measure how often it is sure of a class.
"""

import shutil
import subprocess
from collections.abc import Sequence

import numpy as np
import torch
from scipy import signal
from torch import Tensor

from training.sound.clips import RATE, SECONDS
from training.sound.examples import TIME, Wave, noise
from zoo.core.sounds import decode_sound
from zoo.exhibits.sound.windows import window

PER_KIND = 60
VOICES = ("en-gb", "en-us+f3", "fr", "de+f2", "es", "pt+m4", "it+f4", "pl", "ru+f1", "sv+m3")
SENTENCES = (
    "Good morning, this is a short announcement for all passengers on the platform.",
    "The committee will meet again on Thursday to discuss the annual report.",
    "Please leave your name and your number, and we will call you back.",
    "Forty two apples, seventeen pears and a small bag of walnuts.",
    "I was wondering whether you had seen the letter that came yesterday.",
    "Tomorrow will be mostly dry, with some cloud towards the evening.",
    "She closed the book, put on her coat and walked down to the harbour.",
    "The results of the second experiment agree with those of the first.",
)
SCALE = np.array([0, 2, 4, 7, 9, 12, 14, 16, 19, 21])  # semitones of a pentatonic scale


def strangers(measured: bool = True) -> dict[str, Tensor]:
    """``PER_KIND`` windows of five seconds of each kind, (60, 80000), the same in each run.

    ``measured``: those that measure, else those that are trained on.
    """
    generator = np.random.default_rng(int(measured))
    part = slice(int(measured), None, 2)
    waves = {"speech": [spoken(VOICES[part], SENTENCES[part], generator) for _ in range(PER_KIND)]}
    kinds = KINDS | MEASURED_ONLY if measured else KINDS
    waves |= {kind: [make(generator) for _ in range(PER_KIND)] for kind, make in kinds.items()}
    return {kind: torch.from_numpy(np.stack([as_window(wave) for wave in each])) for kind, each in waves.items()}


def as_window(wave: Wave) -> Wave:
    """The first five seconds with a peak of 0.8, as a sound from outside is read."""
    samples = (0.8 * wave / np.abs(wave).max()).astype(np.float32)
    return window((samples, RATE))  # type: ignore[return-value]


def spoken(voices: Sequence[str], sentences: Sequence[str], generator: np.random.Generator) -> Wave:
    """A sentence by a voice, at some pitch and speed. Raises RuntimeError where espeak-ng is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise RuntimeError("espeak-ng speaks the sounds that are no class: apt-get install espeak-ng")
    pitch, speed = str(generator.integers(20, 80)), str(generator.integers(120, 220))
    speaker, sentence = generator.choice(voices), generator.choice(sentences)
    command = [program, "-v", speaker, "-p", pitch, "-s", speed, "--stdout", sentence]
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    return decode_sound(spoken, RATE).samples.astype(np.float64)


def note(hertz: float, seconds: float, generator: np.random.Generator, harmonics: int = 8) -> Wave:
    """A plucked tone: harmonics that fall off and fade, the higher the faster."""
    time = np.arange(round(seconds * RATE)) / RATE
    numbers = np.arange(1, harmonics + 1)[:, None]
    partials = np.sin(2 * np.pi * hertz * numbers * time + generator.uniform(0, 6.3, (harmonics, 1)))
    envelope = np.exp(-time * numbers * generator.uniform(0.5, 3)) / numbers ** generator.uniform(0.7, 2)
    attack = np.minimum(1, time / generator.uniform(0.005, 0.08))
    return np.asarray((partials * envelope).sum(0) * attack)


def music(generator: np.random.Generator) -> Wave:
    """A melody over chords, sometimes with a drum: each of a random key, tempo and timbre."""
    whole = np.zeros(len(TIME))
    beat, root = generator.uniform(0.18, 0.5), generator.uniform(110, 330)
    starts = np.arange(0, SECONDS - beat, beat)
    for index, start in enumerate(starts):
        first = round(start * RATE)
        pitches = [int(generator.choice(SCALE))]
        if index % 4 == 0:
            pitches += [int(step) - 12 for step in generator.choice(SCALE[:5], 3, replace=False)]
        for step in pitches:
            played = note(root * 2 ** (step / 12), min(SECONDS - start, 1.5), generator)
            whole[first : first + len(played)] += played[: len(whole) - first]
        if generator.random() < 0.3:
            hit = generator.standard_normal(RATE // 10) * np.exp(-np.arange(RATE // 10) / 300)
            whole[first : first + len(hit)] += 0.5 * hit[: len(whole) - first]
    return whole


def effects(generator: np.random.Generator) -> Wave:
    """The effects of a game, with pauses: square waves that jump, rise or fall in pitch."""
    whole = np.zeros(len(TIME))
    start = 0.0
    while start < SECONDS - 0.5:
        time = np.arange(round(generator.uniform(0.1, 0.5) * RATE)) / RATE
        hertz = generator.uniform(150, 1500) * np.exp(generator.uniform(-4, 4) * time)
        if generator.random() < 0.5:  # an arpeggio
            hertz = hertz * 2.0 ** (np.floor(time / generator.uniform(0.03, 0.1)) % 3 * generator.integers(3, 8) / 12)
        sound = signal.square(2 * np.pi * np.cumsum(hertz) / RATE, generator.uniform(0.2, 0.5))
        first = round(start * RATE)
        whole[first : first + len(time)] += sound * np.exp(-time * generator.uniform(1, 8))
        start += len(time) / RATE + generator.uniform(0, 0.5)
    return whole


def tones(generator: np.random.Generator) -> Wave:
    """A tone, a chord, a sweep, a hum, frequency modulation, or the two tones of a telephone's keys."""
    low, high = np.sort(generator.uniform(100, 4000, 2))
    phase = 2 * np.pi * TIME
    kinds = (
        lambda: np.sin(phase * low),
        lambda: np.sin(phase * low) + np.sin(phase * low * 1.26) + np.sin(phase * low * 1.5),
        lambda: signal.chirp(TIME % 2.5, low, 2.5, high),
        lambda: signal.sawtooth(phase * generator.uniform(45, 65)) + 0.02 * noise(generator, 100, 4000),
        lambda: np.sin(phase * low + generator.uniform(1, 8) * np.sin(phase * generator.uniform(20, 200))),
        lambda: (np.sin(phase * 697) + np.sin(phase * generator.uniform(1200, 1480))) * (TIME % 0.4 < 0.2),
    )
    return np.asarray(kinds[int(generator.integers(len(kinds)))]())


def drums(generator: np.random.Generator) -> Wave:
    """A rhythm of four drums: sines that fall in pitch, and bursts of noise."""
    whole = np.zeros(len(TIME))
    step = generator.uniform(0.1, 0.25)
    time = np.arange(RATE // 4) / RATE
    kick = np.sin(2 * np.pi * generator.uniform(80, 200) * (time - time**2)) * np.exp(-time * 15)
    tom = np.sin(2 * np.pi * generator.uniform(200, 500) * (time - time**2 / 2)) * np.exp(-time * 12)
    snare = noise(generator, 300, 4000, len(time)) * np.exp(-time * 25)
    hat = noise(generator, 4500, 7500, len(time)) * np.exp(-time * 60)
    pattern = generator.random((4, 16)) < np.array([0.35, 0.15, 0.25, 0.6])[:, None]
    for index, start in enumerate(np.arange(0, SECONDS - 0.3, step)):
        first = round(start * RATE)
        for drum, hits in zip((kick, tom, snare, hat), pattern, strict=True):
            if hits[index % 16] or index == 0:
                whole[first : first + len(time)] += drum
    return whole


KINDS = {"music": music, "game effects": effects, "tones": tones}
MEASURED_ONLY = {"drums": drums}  # of a kind that is not trained on
