"""What Sound's operations return. Nothing here imports torch or librosa."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from io import StringIO
from typing import Any

from zoo.core.answers import Answer
from zoo.core.results import Array, Hidden, Picture


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
class Bend:
    """The answers on five seconds of a sound as they are, ``original``, and as they become, ``bent``.

    ``seconds``: the length of the bent sound, at most five. ``samples``: (N,) float32 at 16 kHz, in [-1, 1]; its file.
    """

    original: SoundClassification
    bent: SoundClassification
    seconds: float
    samples: Hidden
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BendLine:
    """By one model, for each value: the probability of ``label``, the most probable class of the original.

    ``best``: the most probable class of each bent sound. Both are None where it is too quiet to classify.
    """

    model: str
    restriction: str
    label: str
    probabilities: tuple[float | None, ...]
    best: tuple[str | None, ...]


@dataclass(frozen=True)
class BendCurve:
    """``values`` of the knob ``over``, in its ``unit``, and a line a model."""

    over: str
    unit: str
    values: tuple[float, ...]
    lines: tuple[BendLine, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassPoint:
    """A class at (``x``, ``y``) in [-1, 1].

    ``category``: of ESC-50, else empty. ``nearest``: the five classes with the most similar weights, by cosine.
    ``probability``: for the sound, None where it is too quiet. ``description``: of the sound of ESC-50's classes.
    """

    id: str
    label: str
    category: str
    x: float
    y: float
    probability: float | None
    nearest: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class ClassMap:
    """The classes of a model, those with similar weights close to each other, and where a sound lies among them."""

    model: str
    restriction: str
    start: float
    classes: tuple[ClassPoint, ...]
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
    return _csv([column.name for column in fields(Event)], (astuple(event) for event in result.events))


def curve_csv(result: BendCurve) -> bytes:
    """A row a value and model, with a header."""
    rows = (
        (value, line.model, line.label, probability, best)
        for line in result.lines
        for value, probability, best in zip(result.values, line.probabilities, line.best, strict=True)
    )
    return _csv([result.over, "model", "class", "probability", "most_probable_class"], rows)


def map_csv(result: ClassMap) -> bytes:
    """A row a class, with a header."""
    rows = (
        (each.id, each.label, each.category, each.x, each.y, each.probability, "; ".join(each.nearest))
        for each in result.classes
    )
    return _csv(["id", "label", "category", "x", "y", "probability", "nearest"], rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    file = StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()
