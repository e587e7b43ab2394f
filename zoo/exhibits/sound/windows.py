"""The five seconds of a sound that a network classifies."""

import numpy as np
from numpy.typing import NDArray

from zoo.core.errors import InputError
from zoo.core.inputs import SoundLike, as_sound
from zoo.core.sounds import Sound
from zoo.exhibits.sound.knobs import RATE, WINDOW

TOO_QUIET = "Too quiet to classify: nothing in these five seconds is louder than -50 dB."
QUIET_PEAK = 10 ** (-50 / 20)  # -50 dB of full scale: the quietest clip of ESC-50 has three times that peak
MIN_TRUSTED = 0.5  # seconds

Samples = NDArray[np.float32]


def window(sound: SoundLike, start: float = 0.0) -> Samples:
    """(80000,) the five seconds from ``start`` on at 16 kHz, without a constant offset, zeros after the end.

    Raises InputError for a start beyond the end.
    """
    return pad(without_offset(samples_from(as_sound(sound, RATE), start))[0])


def window_notes(sound: Sound, start: float) -> tuple[str, ...]:
    """What is to be told of a window: how the sound was decoded, an offset that is removed, and how short it is."""
    part, notes = samples_from(sound, start), list(sound.notes)
    samples, offset = without_offset(part)
    if offset:
        notes.append(f"The samples had a constant offset of {offset:.3f} of full scale, which was removed.")
    if is_too_quiet(samples):
        notes.append(TOO_QUIET)
    elif len(samples) < MIN_TRUSTED * RATE:
        seconds = len(samples) / RATE
        notes.append(f"Only {seconds:.1f} s of sound: the models learned from five seconds, do not trust their answer.")
    return tuple(notes)


def samples_from(sound: Sound, start: float, seconds: float = WINDOW) -> Samples:
    """(N,) up to ``seconds`` of a sound at 16 kHz from ``start`` on. Raises InputError for a start beyond the end."""
    if start >= sound.seconds:
        raise InputError(f"The sound ends after {sound.seconds:.1f} s: start earlier than at {start:g} s.")
    first = round(start * RATE)
    return sound.samples[first : first + round(seconds * RATE)]


def without_offset(samples: Samples) -> tuple[Samples, float]:
    """The samples without a constant offset of a recorder's input, and that offset; 0 where there is none.

    Mean and median agree on it. The mean alone is moved by an asymmetric burst in silence, the median alone by pulses.
    """
    if not len(samples):
        return samples, 0.0
    mean, median = float(samples.mean(dtype=np.float64)), float(np.median(samples))
    offset = min(mean, median, key=abs)
    if mean * median <= 0 or abs(offset) < QUIET_PEAK:
        return samples, 0.0
    return samples - np.float32(offset), offset


def pad(samples: Samples) -> Samples:
    """Zeros up to the length of a window."""
    return np.pad(samples, (0, round(WINDOW * RATE) - len(samples)))


def is_too_quiet(samples: Samples) -> bool:
    """Whether the peak is under -50 dB of full scale."""
    return bool(np.abs(samples).max(initial=0.0) < QUIET_PEAK)
