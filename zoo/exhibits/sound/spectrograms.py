"""Log-mel spectrograms as pictures; the networks compute theirs with settings of their own."""

from dataclasses import replace

import numpy as np
import torch

from zoo.core.inputs import SoundLike, as_sound
from zoo.core.results import Array
from zoo.exhibits.sound.drawing import draw_spectrogram
from zoo.exhibits.sound.knobs import RATE, WINDOW, SpectrogramKnobs
from zoo.exhibits.sound.results import Spectrogram
from zoo.exhibits.sound.windows import Samples, window, window_notes
from zoo.nets.logmel import LogMel, mel_frequencies

SILENT_DB = -99.9  # less power counts as none
FLOOR_DB = -40.0  # of full scale: a sine so loud has the brightest colour where nothing is louder


def spectrogram(sound: SoundLike, knobs: SpectrogramKnobs | None = None) -> Spectrogram:
    """The log-mel spectrogram of the five seconds from ``knobs.start`` on.

    A hop longer than the transform is shortened to it. Raises InputError for a start beyond the end.
    """
    knobs = knobs or SpectrogramKnobs()
    decoded = as_sound(sound, RATE)
    drawn = log_mel_spectrogram(window(decoded, knobs.start), knobs)
    return replace(drawn, notes=window_notes(decoded, knobs.start))


def log_mel_spectrogram(samples: Samples, knobs: SpectrogramKnobs) -> Spectrogram:
    """The same of (80000,) samples, a window that begins at ``knobs.start``."""
    hop_length = min(knobs.hop_length, knobs.n_fft)
    log_mel = LogMel(sample_rate=RATE, n_fft=knobs.n_fft, hop_length=hop_length, n_mels=knobs.n_mels)
    loudness = log_mel(torch.from_numpy(samples)[None])[0].numpy()  # (n_mels, T) dB
    decibels = relative_to_loudest(loudness, log_mel.filterbank.numpy(), knobs)
    frequencies = mel_frequencies(RATE, knobs.n_mels)[1:-1].float().numpy()
    picture = draw_spectrogram(decibels, knobs.top_db)
    return Spectrogram(knobs.start, WINDOW, float(knobs.top_db), decibels, frequencies, picture)


def relative_to_loudest(loudness: Array, filterbank: Array, knobs: SpectrogramKnobs) -> Array:
    """(n_mels, T) dB in [-top_db, 0] relative to the loudest cell, or to a sine at -40 dB of full scale if louder.

    ``loudness``: (n_mels, T) dB of a Hann window's power in the bands of ``filterbank``, (n_mels, n_fft / 2 + 1).
    """
    sine = 10 ** (FLOOR_DB / 20) * knobs.n_fft / 4  # a Hann window sums to n_fft / 2, and half is at negative frequency
    floor = 10 * np.log10(filterbank.max() * sine**2)
    below: Array = np.maximum(loudness - max(float(loudness.max()), float(floor)), -knobs.top_db).astype(np.float32)
    return below if loudness.max() > SILENT_DB else np.full_like(below, -knobs.top_db)
