"""The events of a long recording, classified window by window with constant memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from zoo.core.cards import Card
from zoo.core.inputs import as_path
from zoo.core.sounds import sound_seconds, stream_sound
from zoo.core.steps import Progress, Steps
from zoo.exhibits.sound.knobs import RATE, WINDOW, TimelineKnobs
from zoo.exhibits.sound.predict import category_of, joined_restriction, probabilities, sound_cards
from zoo.exhibits.sound.results import Event, Timeline
from zoo.exhibits.sound.windows import Samples, is_too_quiet, pad, without_offset

WINDOWS_PER_STEP = 4  # under 200 ms on one core


@dataclass(frozen=True)
class Window:
    """``samples``: (80000,) from ``start`` on, padded with zeros from ``stop`` on; both in seconds.

    ``peak``: the largest absolute sample before the next window starts, or before the end. ``offset``: a constant one,
    which is removed.
    """

    start: float
    stop: float
    samples: Samples
    peak: float
    offset: float


def timeline(recording: "str | PathLike[str]", knobs: TimelineKnobs | None = None) -> Steps[Timeline]:
    """The events of a recording of minutes or hours; a job of four windows a step, whose progress counts seconds.

    The most probable class of a window of five seconds holds for one hop about its middle; of the first and the last
    window also for the time before and after. Neighbours of one class make one event. ``average`` as the model pools
    the bundled ones of ESC-50. The preview of each record is the timeline so far. Raises InputError for a file without
    a sound, TooLargeError beyond four hours.
    """
    path, knobs = as_path(recording), knobs or TimelineKnobs()
    cards = sound_cards(knobs.model)
    stated = sound_seconds(path)
    total = round(stated) if stated else None
    events: list[Event] = []
    peaks: list[float] = []
    notes: list[str] = []
    quiet, offsets, last = 0, 0, None
    hop_length = round(knobs.hop * RATE)
    hop = hop_length / RATE
    windows = sliding_windows(stream_sound(path, RATE, notes), hop_length)
    while group := list(islice(windows, WINDOWS_PER_STEP)):
        loud = [window for window in group if not is_too_quiet(window.samples)]
        rows = probabilities(knobs.model, [window.samples for window in loud])
        for window, row in zip(loud, rows, strict=True):
            _add_event(events, cards[0], row, window.start, hop, knobs.threshold)
        quiet += len(group) - len(loud)
        offsets += sum(window.offset != 0 for window in group)
        peaks += [window.peak for window in group]
        last = group[-1]
        step = round(last.stop)
        so_far = _timeline(knobs, cards, last, events, peaks, quiet, notes)
        yield Progress(min(step, total or step), total, f"{format_time(step)}: {_count(len(events))}", preview=so_far)
    assert last is not None  # stream_sound raises for a recording without samples
    _end_last_event(events, last, hop)
    if offsets:
        notes.append(f"The samples of {offsets:,} windows had a constant offset, which was removed.")
    return _timeline(knobs, cards, last, events, peaks, quiet, notes)


def _timeline(
    knobs: TimelineKnobs,
    cards: Sequence[Card],
    last: Window,
    events: Sequence[Event],
    peaks: Sequence[float],
    quiet: int,
    notes: Sequence[str],
) -> Timeline:
    """The timeline up to the window ``last``."""
    return Timeline(
        knobs.model,
        joined_restriction(cards),
        last.stop,
        len(peaks),
        quiet,
        tuple(events),
        np.array(peaks, dtype=np.float32),
        tuple(notes),
    )


def _count(events: int) -> str:
    return "1 event" if events == 1 else f"{events:,} events"


def sliding_windows(blocks: Iterator[Samples], hop_length: int) -> Iterator[Window]:
    """Windows of five seconds every ``hop_length`` samples, until each sample was in one."""
    length = round(WINDOW * RATE)
    buffer = np.empty(0, np.float32)
    start = 0
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        while len(buffer) >= length:
            yield _window(buffer[:length], start, hop_length)
            buffer = buffer[hop_length:]
            start += hop_length
    # The last samples that were in no window yet; of a recording shorter than one window, all.
    if start == 0 or len(buffer) > length - hop_length:
        yield _window(buffer, start, len(buffer))


def _window(samples: Samples, start: int, hop_length: int) -> Window:
    """The window of these samples, of which the first is number ``start``."""
    cleared, offset = without_offset(samples)
    peak = float(np.abs(cleared[:hop_length]).max(initial=0.0))
    return Window(start / RATE, (start + len(samples)) / RATE, pad(cleared), peak, offset)


def _add_event(
    events: list[Event], card: Card, row: NDArray[np.float32], start: float, hop: float, threshold: float
) -> None:
    """Add an event, or prolong the last one, when the most probable class reaches the threshold."""
    best = int(row.argmax())
    probability = float(row[best])
    if probability < threshold:
        return
    label = card.classes[best].label
    # No other window holds for the time before the first one's middle.
    begin, end = max(0.0, _end(start, hop) - hop) if start else 0.0, _end(start, hop)
    if events and events[-1].label == label and begin - events[-1].stop < 1e-6:
        previous = events.pop()
        begin, probability = previous.start, max(previous.probability, probability)
    events.append(Event(begin, end, label, category_of(card, label), probability))


def _end(start: float, hop: float) -> float:
    """Until when the class of a window holds: half a hop after its middle."""
    return start + WINDOW / 2 + hop / 2


def _end_last_event(events: list[Event], last: Window, hop: float) -> None:
    """An event of the last window ends with the recording: no other window holds for the time after its middle.

    The recording may end earlier than half a hop after that middle, since the last window may be padded.
    """
    if events and abs(events[-1].stop - _end(last.start, hop)) < 1e-6:
        events[-1] = replace(events[-1], stop=last.stop)


def format_time(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> format_time(67.9), format_time(3723)
    ('1:07', '1:02:03')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
