"""A long recording, window by window with constant memory: when was what to be heard?"""

import csv
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path

import numpy as np

from zoo.core.answers import ENSEMBLE
from zoo.core.cards import Card, exhibit_cards
from zoo.core.jobs import Progress, Steps
from zoo.core.sounds import sound_seconds, stream_sound
from zoo.exhibits.sound.knobs import DEFAULT_MODEL, RATE, WINDOW, TimelineKnobs
from zoo.exhibits.sound.predict import Samples, family_of, is_quiet, padded, probabilities, sound_card

STEP = 4  # windows a step: under 200 ms on one core


@dataclass(frozen=True)
class Event:
    """A class heard without a break from ``start`` to ``stop``, in seconds; ``probability`` at its surest."""

    start: float
    stop: float
    label: str
    family: str
    probability: float


@dataclass
class Timeline:
    """``events`` in the order of time. ``peaks``: the loudest sample between two windows, one value a window."""

    seconds: float = 0.0
    windows: int = 0
    quiet: int = 0
    events: list[Event] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


def timeline(source: Path, model: str = DEFAULT_MODEL, knobs: TimelineKnobs | None = None) -> Steps[Timeline]:
    """Listen to a recording of minutes or hours; a job of up to four windows a step, whose progress counts seconds.

    Each window of five seconds speaks for the time up to the next one, about its middle. ``average`` as the model asks
    all bundled ones. Raises InputError for what holds no sound, TooLargeError beyond four hours.
    """
    knobs = knobs or TimelineKnobs()
    card = exhibit_cards("sound")[0] if model == ENSEMBLE else sound_card(model)
    said = sound_seconds(source)
    total = round(said) if said else None
    result = Timeline()
    windows = overlapping(stream_sound(source, RATE), round(knobs.every * RATE))
    while part := list(islice(windows, STEP)):
        loud = [(start, samples) for start, samples, _ in part if not is_quiet(samples)]
        rows = probabilities(model, [samples for _, samples in loud])
        for (start, _), row in zip(loud, rows, strict=True):
            _add(result.events, card, row, start, knobs)
        result.windows += len(part)
        result.quiet += len(part) - len(loud)
        result.peaks += [peak for _, _, peak in part]
        result.seconds = part[-1][0] + WINDOW
        step = round(result.seconds)
        yield Progress(min(step, total or step), total, f"{clock(step)}: {len(result.events):,} events")
    _finish(result, knobs)
    return result


def overlapping(blocks: Iterator[Samples], hop: int) -> Iterator[tuple[float, Samples, float]]:
    """(start in seconds, five seconds of samples, peak of the next ``hop`` of them) until all has been heard."""
    length = round(WINDOW * RATE)
    held = np.empty(0, np.float32)
    start = 0
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= length:
            yield start / RATE, held[:length], float(np.abs(held[:hop]).max())
            held = held[hop:]
            start += hop
    # The last samples that no window has held yet; of a recording shorter than one window, all.
    if start == 0 or len(held) > length - hop:
        yield start / RATE, padded(held), float(np.abs(held).max(initial=0.0))


def _add(events: list[Event], card: Card, row: np.ndarray, start: float, knobs: TimelineKnobs) -> None:
    """A new event, or the last one prolonged, when a class is probable enough."""
    best = int(row.argmax())
    probability = float(row[best])
    if probability < knobs.at_least:
        return
    label = card.classes[best].label
    middle = start + WINDOW / 2
    begin, end = max(0.0, middle - knobs.every / 2), middle + knobs.every / 2
    if start == 0:
        begin = 0.0  # nobody else speaks for what comes before the first window's middle
    if events and events[-1].label == label and begin - events[-1].stop < 1e-6:
        last = events.pop()
        begin, probability = last.start, max(last.probability, probability)
    events.append(Event(begin, end, label, family_of(card, label), probability))


def _finish(result: Timeline, knobs: TimelineKnobs) -> None:
    """Nobody else speaks for what comes after the last window's middle."""
    told_until = result.seconds - WINDOW / 2 + knobs.every / 2
    if result.events and abs(result.events[-1].stop - told_until) < 1e-6:
        result.events[-1] = replace(result.events[-1], stop=result.seconds)


def clock(seconds: float) -> str:
    """Hours, minutes and seconds, as in 1:02:03 or 0:07."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def write_events(result: Timeline, target: Path) -> None:
    """The events as a CSV file with a header."""
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in fields(Event)])
        writer.writerows(astuple(event) for event in result.events)
