"""The log-mel of a clip, beside librosa's and one drawn by a plotting library; a warm answer; a long recording.

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
from zoo.exhibits.sound import RATE, SoundKnobs, draw, explain, probabilities, sound, spectrogram, timeline, window


def plotted(samples: np.ndarray) -> bytes:
    """The same spectrogram as a picture, by way of librosa and matplotlib."""
    power = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=1024, hop_length=256)
    figure, axes = plt.subplots()
    librosa.display.specshow(librosa.power_to_db(power, ref=np.max), sr=RATE, hop_length=256, ax=axes)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


def long_recording(minutes: float, folder: Path) -> Path:
    """The examples one after the other, over and over, as an MP3."""
    clips = [decode_sound(Path(example_path(each.name)).read_bytes(), RATE).samples for each in SOUND_EXAMPLES]
    round_ = np.concatenate(clips)
    path = folder / "long.mp3"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libmp3lame", rate=RATE, layout="mono")
        fifo = av.AudioFifo()
        for _ in range(round(60 * minutes * RATE / len(round_))):
            frame = av.AudioFrame.from_ndarray(round_[None], format="flt", layout="mono")
            frame.sample_rate = RATE
            fifo.write(frame)
            while part := fifo.read(stream.codec_context.frame_size):
                part.pts = None
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(minutes: float) -> None:
    models = [card.name for card in exhibit_cards("sound")]
    recording = decode_sound(Path(example_path("rain")).read_bytes(), RATE)
    samples = window(recording)
    seen = spectrogram(samples)
    calls = {
        "log-mel of 5 s": lambda: spectrogram(samples),
        "librosa's": lambda: librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=1024, hop_length=256),
        "drawn by us": lambda: draw(seen),
        "drawn by matplotlib": lambda: plotted(samples),
        **{f"answer of {name}": (lambda name=name: sound(recording, SoundKnobs(model=[name]))) for name in models},
        "what decided": lambda: explain(samples, models[-1], "rain"),
        "8 windows at once": lambda: probabilities(models[-1], [samples] * 8),
    }
    times = milliseconds(*calls.values())
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, spent in zip(calls, times, strict=True):
        print(f"{name:32s}{spent:8.1f} ms   {spent / times[0]:7.2f} of our log-mel")
    with tempfile.TemporaryDirectory() as folder:
        path = long_recording(minutes, Path(folder))
        before, start = megabytes(), time.perf_counter()
        steps = timeline(path)
        for place, progress in enumerate(steps):
            if place % 100 == 0:
                elapsed = time.perf_counter() - start
                print(f"  {progress.step / 60:5.1f} minutes heard in {elapsed:5.1f} s, {megabytes():.0f} MB")
        spent = time.perf_counter() - start
        faster, more = 60 * minutes / spent, megabytes() - before
        print(f"{minutes:g} minutes in {spent:.1f} s, {faster:.0f} times as fast; {more:.0f} MB more")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
