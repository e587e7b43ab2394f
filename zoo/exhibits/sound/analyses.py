"""Five views of a sound that music and speech analysis use, by librosa, and one picture of them all.

Mel spectrogram and MFCC (Davis and Mermelstein 1980, doi:10.1109/TASSP.1980.1163420), chroma, onset strength by
spectral flux (Boeck and Widmer 2013, DAFx-13), and the fundamental frequency by YIN (de Cheveigne and Kawahara 2002,
doi:10.1121/1.1458024). librosa's probabilistic YIN marks voiced frames, but takes a second; here frames are left out
by their loudness instead.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from zoo.core.inputs import SoundLike, as_sound
from zoo.core.results import Array
from zoo.exhibits.sound.drawing import color_image
from zoo.exhibits.sound.knobs import RATE, WINDOW, AnalysisKnobs
from zoo.exhibits.sound.results import Analysis
from zoo.exhibits.sound.spectrograms import relative_to_loudest
from zoo.exhibits.sound.windows import Samples, window, window_notes
from zoo.nets.logmel import mel_filterbank

VOICED_DB = 40  # frames so much quieter than the loudest get no fundamental frequency
YIN_FRAME = 2048  # samples: two periods of the lowest frequency that the knobs allow
WIDTH, HEIGHT, MARGIN = 960, 150, 22  # pixels of a panel, and of the line for its title
CURVE, ONSET, BACKGROUND, INK = (249, 142, 9), (15, 107, 92), (20, 11, 52), (40, 40, 40)


def analysis(sound: SoundLike, knobs: AnalysisKnobs | None = None) -> Analysis:
    """librosa's views of the five seconds from ``knobs.start`` on.

    A hop longer than the transform is shortened to it. Raises InputError for a start beyond the end.
    """
    import librosa  # brings numba: a second or more, and some seconds more at the first call

    knobs = knobs or AnalysisKnobs()
    decoded = as_sound(sound, RATE)
    samples = window(decoded, knobs.start)
    hop_length = min(knobs.hop_length, knobs.n_fft)
    decibels = log_mel(samples, knobs, hop_length)  # (n_mels, T)
    onset_strength = librosa.onset.onset_strength(S=decibels, sr=RATE, hop_length=hop_length)  # (T,)
    chroma = librosa.feature.chroma_stft(y=samples, sr=RATE, n_fft=knobs.n_fft, hop_length=hop_length, tuning=0.0)
    views = {
        "mel": decibels,
        "mfcc": librosa.feature.mfcc(S=decibels, n_mfcc=knobs.n_mfcc),
        "chroma": chroma,
        "onset_strength": onset_strength,
        "onset_times": librosa.onset.onset_detect(
            onset_envelope=onset_strength, sr=RATE, hop_length=hop_length, units="time"
        ),
        "fundamental_frequency": fundamental_frequency(samples, knobs.fmin, knobs.fmax, hop_length),
    }
    arrays = {name: np.asarray(values, np.float32) for name, values in views.items()}
    times = (np.arange(len(onset_strength)) * hop_length / RATE).astype(np.float32)
    return Analysis(
        start=knobs.start,
        seconds=WINDOW,
        hop_length=hop_length,
        times=times,
        picture=draw_analysis(times=times, top_db=knobs.top_db, fmax=knobs.fmax, **arrays),
        notes=window_notes(decoded, knobs.start),
        **arrays,
    )


def log_mel(samples: Samples, knobs: AnalysisKnobs, hop_length: int) -> NDArray[np.float32]:
    """(n_mels, T) dB in [-top_db, 0] as in a spectrogram; silence is -top_db.

    The filters are ours, which a test compares with librosa's: librosa's function warns where a band is narrower than
    the transform resolves.
    """
    import librosa

    power = np.abs(librosa.stft(samples, n_fft=knobs.n_fft, hop_length=hop_length)) ** 2  # (n_fft / 2 + 1, T)
    filterbank = mel_filterbank(RATE, knobs.n_fft, knobs.n_mels).numpy()
    loudness = librosa.power_to_db(filterbank @ power, amin=1e-10, top_db=None)
    return relative_to_loudest(loudness, filterbank, knobs)


def fundamental_frequency(samples: Samples, fmin: int, fmax: int, hop_length: int) -> NDArray[np.float32]:
    """(T,) Hz by YIN; 0 in frames more than 40 dB quieter than the loudest, and in silence."""
    import librosa

    frequency = librosa.yin(samples, fmin=fmin, fmax=fmax, sr=RATE, frame_length=YIN_FRAME, hop_length=hop_length)
    loudness = librosa.feature.rms(y=samples, frame_length=YIN_FRAME, hop_length=hop_length)[0]
    voiced = loudness > max(loudness.max() * 10 ** (-VOICED_DB / 20), 1e-6)
    return np.where(voiced, frequency, 0).astype(np.float32)


def draw_analysis(
    *,
    times: Array,
    mel: Array,
    mfcc: Array,
    chroma: Array,
    onset_strength: Array,
    onset_times: Array,
    fundamental_frequency: Array,
    top_db: float,
    fmax: float,
) -> Image.Image:
    """Five panels below one another, one time axis for all; arguments as the fields of ``Analysis``."""
    panels = {
        "Mel spectrogram": color_image(1 + mel / top_db, (WIDTH, HEIGHT)),
        "MFCC, each coefficient scaled to its range": color_image(scale_rows(mfcc), (WIDTH, HEIGHT)),
        "Chroma, C to B from below": color_image(chroma, (WIDTH, HEIGHT)),
        "Onset strength and onsets": draw_curve(times, onset_strength, float(onset_strength.max()), onset_times),
        f"Fundamental frequency, 0 to {fmax:g} Hz": draw_curve(times, fundamental_frequency, fmax, joined=False),
    }
    picture = Image.new("RGB", (WIDTH, len(panels) * (HEIGHT + MARGIN)), "white")
    brush, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for index, (title, panel) in enumerate(panels.items()):
        top = index * (HEIGHT + MARGIN)
        brush.text((4, top + 3), title, fill=INK, font=font)
        picture.paste(panel, (0, top + MARGIN))
    return picture


def scale_rows(values: Array) -> Array:
    """Each row scaled to [0, 1]: the first cepstral coefficient, the loudness, has by far the widest range."""
    low, high = values.min(1, keepdims=True), values.max(1, keepdims=True)
    scaled: Array = (values - low) / np.maximum(high - low, 1e-6)
    return scaled


def draw_curve(
    times: Array, values: Array, highest: float, marks: Array | tuple[()] = (), joined: bool = True
) -> Image.Image:
    """``values`` from 0 to ``highest`` over a window, and a line at each of ``marks`` in seconds.

    ``joined``: by lines; else as points, without those at 0.
    """
    panel = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    brush = ImageDraw.Draw(panel)
    for mark in np.asarray(marks).tolist():
        brush.line([(mark / WINDOW * WIDTH, 0), (mark / WINDOW * WIDTH, HEIGHT)], fill=ONSET, width=2)
    x = times / WINDOW * WIDTH
    y = HEIGHT - 4 - values / max(highest, 1e-6) * (HEIGHT - 8)
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    if joined:
        brush.line(points, fill=CURVE, width=2)
        return panel
    for (left, top), value in zip(points, values.tolist(), strict=True):
        if value:
            brush.ellipse((left - 2, top - 2, left + 2, top + 2), fill=CURVE)
    return panel
