from .evaluation import Evaluation, evaluate
from .knobs import DEFAULT_MODEL, RATE, WINDOW, SoundKnobs, SpectrogramKnobs, TimelineKnobs
from .predict import Heard, families, family_of, probabilities, sound, window
from .spectrograms import Spectrogram, draw, explain, spectrogram, ticks, waveform
from .timelines import Event, Timeline, clock, timeline, write_events

__all__ = [
    "DEFAULT_MODEL",
    "RATE",
    "WINDOW",
    "Evaluation",
    "Event",
    "Heard",
    "SoundKnobs",
    "Spectrogram",
    "SpectrogramKnobs",
    "Timeline",
    "TimelineKnobs",
    "clock",
    "draw",
    "evaluate",
    "explain",
    "families",
    "family_of",
    "probabilities",
    "sound",
    "spectrogram",
    "ticks",
    "timeline",
    "waveform",
    "window",
    "write_events",
]
