"""Sounds in, calibrated class probabilities out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.core.answers import ENSEMBLE, Answer, ClassProbabilities
from zoo.core.cards import Card, exhibit_cards, find_card
from zoo.core.errors import InputError
from zoo.core.loading import class_probabilities
from zoo.core.runtime import get_runtime
from zoo.core.sounds import Sound
from zoo.exhibits.sound.knobs import RATE, WINDOW, SoundKnobs
from zoo.nets.specaugment import SpecAugmentMask

BATCH = 8
QUIET = 10 ** (-50 / 20)  # peak under which nothing is told: the quietest clip of ESC-50 reaches three times as much

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """What was heard from ``start`` on, for five seconds: an answer per model, and their average when several.

    ``quiet``: there was too little to tell anything, and nobody answers. ``families``: the probability of each of
    ESC-50's five families, by the average or the only model.
    """

    start: float
    quiet: bool
    answers: tuple[Answer, ...]
    ensemble: Answer | None
    families: dict[str, float]


def sound_card(name: str) -> Card:
    """Raises InputError when the model is not one of sounds, NotFoundError when there is none of that name."""
    card = find_card(name)
    if card.exhibit != "sound":
        raise InputError(f"{name} is a model of {card.exhibit}, not of sounds: choose another.")
    return card


def window(recording: Sound, start: float = 0.0) -> Samples:
    """The five seconds from ``start`` on, silence after the end. Raises InputError for a start beyond the end."""
    if recording.rate != RATE:
        raise InputError(f"The sound has {recording.rate} samples a second: decode it at {RATE:,}.")
    if start >= recording.seconds:
        raise InputError(f"The sound ends after {recording.seconds:.1f} s: start earlier than at {start:g} s.")
    first = round(start * RATE)
    return padded(recording.samples[first : first + round(WINDOW * RATE)])


def padded(samples: Samples) -> Samples:
    return np.pad(samples, (0, round(WINDOW * RATE) - len(samples)))


def is_quiet(samples: Samples) -> bool:
    return bool(np.abs(samples).max(initial=0.0) < QUIET)


def hidden_by(knobs: SoundKnobs, card: Card) -> SpecAugmentMask | None:
    """What the knobs hide, or None when that is nothing."""
    if not (knobs.hide_seconds or knobs.hide_bands):
        return None
    mels = card.config["mels"]
    high = min(knobs.hide_band + knobs.hide_bands, mels)
    stop = min(knobs.hide_from + knobs.hide_seconds, WINDOW) if knobs.hide_seconds else knobs.hide_from
    return SpecAugmentMask(RATE, mels, knobs.hide_from, stop, min(knobs.hide_band, high), high, knobs.fill == "mean")


def probabilities(model: str, windows: Sequence[Samples], hidden: SpecAugmentMask | None = None) -> NDArray[np.float32]:
    """(N, 50) calibrated probabilities of N windows of five seconds; ``average`` pools those of all bundled models."""
    if model == ENSEMBLE:
        cards = exhibit_cards("sound")
        return pooled(cards, [probabilities(card.name, windows, hidden) for card in cards])
    card = sound_card(model)
    parts = [np.stack(windows[start : start + BATCH]) for start in range(0, len(windows), BATCH)]
    temperature = card.config["temperature"]
    scores = [
        get_runtime().run(
            partial(class_probabilities, inputs=torch.from_numpy(part), temperature=temperature, hidden=hidden),
            model,
        )
        for part in parts
    ]
    return np.concatenate(scores) if scores else np.empty((0, len(card.classes)), np.float32)


def pooled(cards: Sequence[Card], rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The weighted geometric mean of (..., 50) probabilities, one a card, scaled to sum to one.

    A logarithmic pool (Genest and Zidek 1986, doi:10.1214/ss/1177013825): what one model excludes, none can bring back.
    """
    weights = np.array([card.config["weight"] for card in cards])
    logs = np.tensordot(weights / weights.max(), np.log(np.maximum(rows, 1e-12)), 1)
    odds = np.exp(logs - logs.max(-1, keepdims=True))
    mean: NDArray[np.float32] = (odds / odds.sum(-1, keepdims=True)).astype(np.float32)
    return mean


def sound(recording: Sound, knobs: SoundKnobs | None = None) -> Heard:
    """Ask each model of ``knobs.model`` what is heard in five seconds of a sound of 16,000 samples a second.

    Raises InputError for a start beyond the end, another rate or a model that is not one of sounds, NotFoundError for
    an unknown one.
    """
    knobs = knobs or SoundKnobs()
    cards = [sound_card(name) for name in dict.fromkeys(knobs.model)]
    samples = window(recording, knobs.start)
    if is_quiet(samples):
        return Heard(knobs.start, True, (), None, {})
    scores = []
    for card in cards:
        get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
        begin = time.perf_counter()
        (row,) = probabilities(card.name, [samples], hidden_by(knobs, card))
        elapsed = 1000 * (time.perf_counter() - begin)
        scores.append(ClassProbabilities(card, row, card.config["unsure_below"], elapsed))
    answers = tuple(each.answer(knobs.top_k) for each in scores)
    mean = pooled(cards, [each.row for each in scores])
    ensemble = None
    if len(scores) > 1:
        best = max(scores, key=lambda each: each.card.config["weight"])
        elapsed = sum(each.milliseconds for each in scores)
        ensemble = replace(
            ClassProbabilities(best.card, mean, best.threshold, elapsed).answer(knobs.top_k), model=ENSEMBLE
        )
    return Heard(knobs.start, False, answers, ensemble, families(cards[0], mean))


def families(card: Card, row: NDArray[np.float32]) -> dict[str, float]:
    """The probability of each family: ten classes each, in the order of their numbers."""
    names: list[str] = card.config["families"]
    return dict(zip(names, row.reshape(len(names), -1).sum(1).tolist(), strict=True))


def family_of(card: Card, label: str) -> str:
    """The family of the class called ``label``."""
    place = next(index for index, name in enumerate(card.classes) if name.label == label)
    return str(card.config["families"][place * len(card.config["families"]) // len(card.classes)])
