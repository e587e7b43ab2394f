"""Sound's log-mel spectrogram beside librosa's and matplotlib's, the time of a prediction, and a long recording.

python -m benchmarks.sound [MINUTES]
"""

import io
import resource
import sys
import tempfile
import time
from pathlib import Path

import av
import librosa
import matplotlib.pyplot as plt
import numpy as np
import torch

from benchmarks.timing import ROUNDS, milliseconds
from zoo.core.cards import exhibit_cards
from zoo.core.sounds import decode_sound
from zoo.examples import SOUND_EXAMPLES, example_path
from zoo.exhibits.sound import (
    RATE,
    ExplanationKnobs,
    SoundKnobs,
    analysis,
    classify,
    draw_spectrogram,
    explanation,
    probabilities,
    spectrogram,
    timeline,
    window,
)


def librosa_mel(samples: np.ndarray) -> np.ndarray:
    return librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=1024, hop_length=256)


def matplotlib_png(samples: np.ndarray) -> bytes:
    """The same spectrogram as a picture, by librosa and matplotlib."""
    figure, axes = plt.subplots()
    decibels = librosa.power_to_db(librosa_mel(samples), ref=np.max)
    librosa.display.specshow(decibels, sr=RATE, hop_length=256, ax=axes)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


def write_long_recording(minutes: float, folder: Path) -> Path:
    """The examples one after the other, again and again, as an MP3."""
    clips = [decode_sound(Path(example_path(example.name)).read_bytes(), RATE).samples for example in SOUND_EXAMPLES]
    cycle = np.concatenate(clips)
    path = folder / "long.mp3"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libmp3lame", rate=RATE, layout="mono")
        fifo = av.AudioFifo()
        for _ in range(round(60 * minutes * RATE / len(cycle))):
            frame = av.AudioFrame.from_ndarray(cycle[None], format="flt", layout="mono")
            frame.sample_rate = RATE
            fifo.write(frame)
            while part := fifo.read(stream.codec_context.frame_size):
                part.pts = None
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def peak_megabytes() -> float:
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_calls() -> None:
    models = [card.name for card in exhibit_cards("sound")]
    sound = decode_sound(Path(example_path("rain")).read_bytes(), RATE)
    samples = window(sound)
    decibels = spectrogram(sound).decibels
    rain = ExplanationKnobs(model=models[-1], target="rain")
    calls = {
        "spectrogram of 5 s, drawn": lambda: spectrogram(sound),
        "librosa's mel spectrogram": lambda: librosa_mel(samples),
        "drawn by us": lambda: draw_spectrogram(decibels, 80),
        "drawn by matplotlib": lambda: matplotlib_png(samples),
        "analysis by librosa": lambda: analysis(sound),
        **{f"{name}": (lambda name=name: classify(sound, SoundKnobs(model=[name]))) for name in models},
        "Grad-CAM": lambda: explanation(sound, rain),
        "a batch of 8 windows": lambda: probabilities(models[-1], [samples] * 8),
    }
    times = milliseconds(*calls.values())
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, spent in zip(calls, times, strict=True):
        print(f"{name:32s}{spent:8.1f} ms")


def measure_timeline(minutes: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_long_recording(minutes, Path(folder))
        before, start = peak_megabytes(), time.perf_counter()
        for step, progress in enumerate(timeline(path)):
            if step % 100 == 0:
                elapsed = time.perf_counter() - start
                print(f"  {progress.step / 60:5.1f} minutes in {elapsed:5.1f} s, {peak_megabytes():.0f} MB")
        spent = time.perf_counter() - start
        speed, more = 60 * minutes / spent, peak_megabytes() - before
        print(f"{minutes:g} minutes in {spent:.1f} s, {speed:.0f} times real time; {more:.0f} MB more")


if __name__ == "__main__":
    measure_calls()
    measure_timeline(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
