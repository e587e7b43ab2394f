"""The answers on a sound before and after it is bent, and over the range of one knob."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.inputs import SoundLike, as_sound
from zoo.core.knobs import parse_knobs, unit
from zoo.core.sounds import Sound
from zoo.exhibits.sound.effects import bend_samples, check_band
from zoo.exhibits.sound.knobs import RATE, WINDOW, BendCurveKnobs, BendKnobs, SoundKnobs
from zoo.exhibits.sound.predict import classify, mask_of, probabilities, sound_card
from zoo.exhibits.sound.results import Bend, BendCurve, BendLine, SoundClassification
from zoo.exhibits.sound.windows import (
    TOO_QUIET,
    Samples,
    is_too_quiet,
    samples_from,
    window,
    window_notes,
    without_offset,
)

# Of each knob about nine values, from the one that changes least or from the lowest on.
VALUES: dict[str, tuple[float, ...]] = {
    "speed": (0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0),
    "pitch": (-12, -9, -6, -3, 0, 3, 6, 9, 12),
    "reverb": (0, 12, 25, 38, 50, 62, 75, 88, 100),
    "snr": (40, 30, 20, 15, 10, 5, 0, -5, -10),
    "high_pass": (0, 100, 200, 400, 800, 1500, 2500, 4000, 6000),
    "low_pass": (8000, 6000, 4000, 2500, 1500, 800, 400, 200, 100),
}


def bend(sound: SoundLike, knobs: BendKnobs | None = None, original: SoundClassification | None = None) -> Bend:
    """Five seconds of a sound, from ``knobs.start`` on, classified as they are and bent.

    Faster than it is, a sound gives more of itself to the five seconds. A mask lies on both. A bent sound beyond full
    scale is made quieter, so that its file holds what was classified. ``original``: the answer on the sound as it is,
    where that is known. Raises InputError for a start beyond the end, for
    a window that is too quiet to classify, and for a low-pass cut-off at or below the high-pass cut-off.
    """
    knobs = knobs or BendKnobs()
    decoded = as_sound(sound, RATE)
    check_band(knobs)
    same = knobs.model_dump(include=set(SoundKnobs.model_fields))
    original = original or classify(decoded, parse_knobs(SoundKnobs, **same))
    if original.too_quiet:
        raise InputError(f"{TOO_QUIET} Start elsewhere.")
    samples, notes = bent_window(decoded, knobs)
    bent = classify(Sound(samples, RATE), parse_knobs(SoundKnobs, **same | {"start": 0.0}))
    return Bend(original, replace(bent, start=knobs.start), len(samples) / RATE, samples, notes)


def bent_window(sound: Sound, knobs: BendKnobs) -> tuple[Samples, tuple[str, ...]]:
    """(N,) at most five seconds of the bent sound in [-1, 1], and what is to be told of them."""
    notes = list(window_notes(sound, knobs.start))
    part, _ = without_offset(samples_from(sound, knobs.start, WINDOW * knobs.speed))
    samples = bend_samples(part, knobs)
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 1 and samples is not part:
        samples = samples / np.float32(peak)
        notes.append(f"The bent sound was made {20 * np.log10(peak):.1f} dB quieter, to stay within full scale.")
    if knobs.speed != 1 and len(samples) < WINDOW * RATE:
        notes.append(f"The bent sound lasts {len(samples) / RATE:.1f} s. The rest of the five seconds is silent.")
    return samples, tuple(notes)


def bend_curve(sound: SoundLike, knobs: BendCurveKnobs | None = None) -> BendCurve:
    """The probability of the original's most probable class over the range of ``knobs.over``, by each model.

    Values at which the two filters would leave nothing are left out. Raises InputError as ``bend`` does.
    """
    knobs = knobs or BendCurveKnobs()
    cards = [sound_card(name) for name in dict.fromkeys(knobs.model)]
    decoded = as_sound(sound, RATE)
    check_band(knobs)
    original = window(decoded, knobs.start)
    if is_too_quiet(original):
        raise InputError(f"{TOO_QUIET} Start elsewhere.")
    values = curve_values(knobs)
    windows = [window(Sound(bent_window(decoded, at_value(knobs, value))[0], RATE)) for value in values]
    loud = [not is_too_quiet(samples) for samples in windows]
    lines = []
    for card in cards:
        rows = probabilities(card.name, [original, *windows], mask_of(knobs))
        lines.append(_line(card, rows[0], rows[1:], loud))
    measure = unit(BendKnobs.model_fields[knobs.over])
    return BendCurve(knobs.over, measure, values, tuple(lines), window_notes(decoded, knobs.start))


def curve_values(knobs: BendCurveKnobs) -> tuple[float, ...]:
    """The values of ``knobs.over`` that go with the other filter."""
    if knobs.over == "high_pass":
        return tuple(value for value in VALUES["high_pass"] if value < knobs.low_pass)
    if knobs.over == "low_pass":
        return tuple(value for value in VALUES["low_pass"] if value > knobs.high_pass)
    return VALUES[knobs.over]


def at_value(knobs: BendCurveKnobs, value: float) -> BendKnobs:
    """The same knobs with another value of ``knobs.over``; of a ratio to the noise, with noise."""
    noise = {"noise": "white"} if knobs.over == "snr" and knobs.noise == "none" else {}
    chosen = knobs.model_dump(exclude={"over"}) | {knobs.over: value} | noise
    return parse_knobs(BendKnobs, **chosen)


def _line(card: Card, original: NDArray[np.float32], rows: NDArray[np.float32], loud: Sequence[bool]) -> BendLine:
    target = int(original.argmax())
    best = [card.classes[index].label for index in rows.argmax(1).tolist()]
    return BendLine(
        card.name,
        card.restriction,
        card.classes[target].label,
        tuple(value if audible else None for value, audible in zip(rows[:, target].tolist(), loud, strict=True)),
        tuple(label if audible else None for label, audible in zip(best, loud, strict=True)),
    )
