"""Sound: name what is heard, in a moment or in an hour, and show which part decided.

>>> from pathlib import Path
>>> from zoo.sound import RATE, decode_sound, sound
>>> recording = decode_sound(Path("dog.wav").read_bytes(), RATE)  # doctest: +SKIP
>>> sound(recording).answers[0].predictions[0].label  # doctest: +SKIP
'dog'
"""

from zoo.core.sounds import Sound, decode_sound
from zoo.knobs.sound import DEFAULT_MODEL, RATE, WINDOW, SoundKnobs, SpectrogramKnobs, TimelineKnobs
from zoo.sound.evaluate import Evaluation, evaluate
from zoo.sound.predict import Heard, families, family_of, probabilities, sound, window
from zoo.sound.spectrogram import Spectrogram, draw, explain, spectrogram, ticks, waveform
from zoo.sound.timeline import Event, Timeline, clock, timeline, write_events

__all__ = [
    "DEFAULT_MODEL",
    "RATE",
    "WINDOW",
    "Evaluation",
    "Event",
    "Heard",
    "Sound",
    "SoundKnobs",
    "Spectrogram",
    "SpectrogramKnobs",
    "Timeline",
    "TimelineKnobs",
    "clock",
    "decode_sound",
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
