"""Log-mel spectrograms as pictures; the networks compute theirs with settings of their own."""

from dataclasses import replace

import numpy as np
import torch

from zoo.core.inputs import SoundLike, as_sound
from zoo.exhibits.sound.drawing import draw_spectrogram
from zoo.exhibits.sound.knobs import RATE, WINDOW, SpectrogramKnobs
from zoo.exhibits.sound.results import Spectrogram
from zoo.exhibits.sound.windows import Samples, window, window_notes
from zoo.nets.logmel import LogMel, mel_frequencies, relative_to_peak


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
    decibels = relative_to_peak(log_mel(torch.from_numpy(samples)[None]), knobs.top_db)[0].numpy()  # (n_mels, T)
    if not samples.any():
        decibels = np.full_like(decibels, -knobs.top_db)  # of silence no cell is the loudest
    frequencies = mel_frequencies(RATE, knobs.n_mels)[1:-1].float().numpy()
    picture = draw_spectrogram(decibels, knobs.top_db)
    return Spectrogram(knobs.start, WINDOW, float(knobs.top_db), decibels, frequencies, picture)
