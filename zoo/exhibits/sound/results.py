"""What Sound's operations return. Nothing here imports torch or librosa."""

import csv
from dataclasses import asdict, astuple, dataclass, fields
from io import StringIO
from typing import Any

from zoo.core.answers import Answer
from zoo.core.results import Array, Picture


@dataclass(frozen=True)
class SoundClassification:
    """Five seconds of a sound from ``start`` on: an answer per model, and their weighted average when several.

    ``too_quiet``: the window is too quiet to classify, and there are no answers. ``categories``: the probability of
    each of ESC-50's five major categories, by the average or the only model. ``notes``, here and below: sentences about
    how the sound was decoded and prepared, where that is not a matter of course.
    """

    start: float
    too_quiet: bool
    answers: tuple[Answer, ...]
    ensemble: Answer | None
    categories: dict[str, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spectrogram:
    """A log-mel spectrogram of ``seconds`` from ``start`` on.

    ``decibels``: (n_mels, frames) in [-top_db, 0], where 0 is the loudest cell, or a sine at -40 dB of full scale where
    that is louder, so that silence is dark; the lowest band comes first.
    ``frequencies``: (n_mels,) the centre of each band in Hz. ``picture``: the highest band on top.
    """

    start: float
    seconds: float
    top_db: float
    decibels: Array
    frequencies: Array
    picture: Picture
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SoundExplanation:
    """Grad-CAM of one class.

    ``heat``: (h, w) in [0, 1] over the window from ``start`` on, the lowest frequencies first; h is 1 for a network of
    waveforms. ``picture``: the spectrogram, darkened where there is no evidence and shaded where it is masked.
    """

    model: str
    restriction: str
    start: float
    id: str
    label: str
    heat: Array
    picture: Picture
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """librosa's views of the window from ``start`` on, a column a frame of ``hop_length`` samples.

    ``times``: (T,) seconds from the start of the window. ``mel``: (n_mels, T) dB as in ``Spectrogram``. ``mfcc``:
    (n_mfcc, T). ``chroma``: (12, T) in [0, 1], from C to B. ``onset_strength``: (T,) at least 0. ``onset_times``: (n,)
    seconds. ``fundamental_frequency``: (T,) Hz, 0 in frames more than 40 dB quieter than the loudest. ``picture``: all
    five below one another.
    """

    start: float
    seconds: float
    hop_length: int
    times: Array
    mel: Array
    mfcc: Array
    chroma: Array
    onset_strength: Array
    onset_times: Array
    fundamental_frequency: Array
    picture: Picture
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """A class without interruption from ``start`` to ``stop`` in seconds; ``probability``: the highest of its windows.

    ``category``: the class's major category in ESC-50.
    """

    start: float
    stop: float
    label: str
    category: str
    probability: float


@dataclass(frozen=True)
class Timeline:
    """``events`` of a recording of ``seconds``, in the order of time.

    ``windows``: how many were classified or found too quiet, ``quiet_windows``. ``peaks``: (windows,) the largest
    absolute sample of each hop.
    """

    model: str
    restriction: str
    seconds: float
    windows: int
    quiet_windows: int
    events: tuple[Event, ...]
    peaks: Array
    notes: tuple[str, ...] = ()


def newest_event(result: Timeline) -> dict[str, Any] | None:
    """The last event of a timeline so far, as it is sent with the progress."""
    return asdict(result.events[-1]) if result.events else None


def events_csv(result: Timeline) -> bytes:
    """The events as a CSV file with a header."""
    file = StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in fields(Event)])
    writer.writerows(astuple(event) for event in result.events)
    return file.getvalue().encode()
