"""Sounds in, calibrated class probabilities out."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from zoo.core.answers import ENSEMBLE, Answer, ClassProbabilities, average
from zoo.core.cards import Card, exhibit_cards, require_card
from zoo.core.errors import InputError
from zoo.core.inputs import SoundLike, as_sound
from zoo.core.loading import class_probabilities, class_scores
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.sound.knobs import N_BANDS, RATE, WINDOW, MaskKnobs, SoundKnobs
from zoo.exhibits.sound.results import SoundClassification
from zoo.exhibits.sound.windows import TOO_QUIET, Samples, is_too_quiet, window, window_notes
from zoo.nets.specaugment import SpecAugmentMask

BATCH_SIZE = 8


def sound_card(name: str) -> Card:
    """Raises InputError when the model is no classifier of sounds, NotFoundError when there is none of that name."""
    return require_card(name, "sound")


def sound_cards(name: str) -> tuple[Card, ...]:
    """The card of that name, or those of all bundled models of ESC-50 for ``average``."""
    return ensemble_cards() if name == ENSEMBLE else (sound_card(name),)


def ensemble_cards() -> tuple[Card, ...]:
    """The bundled models of ESC-50's classes, whose probabilities are averaged."""
    return tuple(card for card in exhibit_cards("sound") if "ensemble_weight" in card.config)


def mask_of(knobs: MaskKnobs) -> SpecAugmentMask | None:
    """The mask that the knobs describe, or None for an empty one."""
    if not (knobs.time_mask_width or knobs.frequency_mask_width):
        return None
    band_stop = min(knobs.frequency_mask_start + knobs.frequency_mask_width, N_BANDS)
    return SpecAugmentMask(
        sample_rate=RATE,
        n_mels=N_BANDS,
        time_start=knobs.time_mask_start,
        time_stop=min(knobs.time_mask_start + knobs.time_mask_width, WINDOW),
        band_start=knobs.frequency_mask_start,
        band_stop=band_stop,
        fill_mean=knobs.mask_value == "mean",
    )


def model_input(card: Card, sound: SoundLike) -> ModelInput:
    """The first five seconds of a sound, as a classifier reads them. Raises InputError where they are too quiet."""
    samples = window(as_sound(sound, RATE))
    if is_too_quiet(samples):
        raise InputError(f"{TOO_QUIET} Choose another sound.")
    batch = torch.from_numpy(samples)[None]  # (1, 80000)
    words = f"{WINDOW:g} seconds of sound"
    if card.config.get("spatial_dims", 2) == 1:  # of the feature maps: time alone
        return ModelInput((batch,), "sound", words, positions=2, root="filters")  # which takes the scaled waveform
    yamnet = card.config.get("architecture", {}).get("kind") == "yamnet"
    return ModelInput((batch,), "sound", words, root="layer1" if yamnet else "network")  # which takes the spectrogram


def probabilities(model: str, windows: Sequence[Samples], mask: SpecAugmentMask | None = None) -> NDArray[np.float32]:
    """(N, num_classes) calibrated probabilities of N windows of five seconds.

    They sum to one, but for a model whose classes can sound together: there each is a probability of its own.
    ``average`` pools those of all bundled models of ESC-50.
    """
    if model == ENSEMBLE:
        cards = ensemble_cards()
        return logarithmic_pool(cards, [probabilities(card.name, windows, mask) for card in cards])
    card = sound_card(model)
    batches = [np.stack(windows[start : start + BATCH_SIZE]) for start in range(0, len(windows), BATCH_SIZE)]
    compute = class_scores if card.config.get("multi_label") else class_probabilities
    temperature = card.config["temperature"]
    rows = [
        get_runtime().run(partial(compute, inputs=torch.from_numpy(batch), temperature=temperature, mask=mask), model)
        for batch in batches
    ]
    return np.concatenate(rows) if rows else np.empty((0, len(card.classes)), np.float32)


def logarithmic_pool(cards: Sequence[Card], rows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The weighted geometric mean of (..., 50) probabilities, one array a card, normalized to sum to one.

    A logarithmic opinion pool (Genest and Zidek 1986, doi:10.1214/ss/1177013825): a class that one model gives a
    probability near zero stays near zero. The weights are the cards' ``ensemble_weight``.
    """
    weights = np.array([card.config["ensemble_weight"] for card in cards])
    log_probs = np.tensordot(weights / weights.max(), np.log(np.maximum(rows, 1e-12)), 1)
    unnormalized = np.exp(log_probs - log_probs.max(-1, keepdims=True))
    pooled: NDArray[np.float32] = (unnormalized / unnormalized.sum(-1, keepdims=True)).astype(np.float32)
    return pooled


def classify(sound: SoundLike, knobs: SoundKnobs | None = None) -> SoundClassification:
    """The most probable classes of five seconds of a sound, by each model of ``knobs.model``.

    Raises InputError for a start beyond the end or a model that is no classifier of sounds, NotFoundError for an
    unknown one.
    """
    knobs = knobs or SoundKnobs()
    cards = [sound_card(name) for name in dict.fromkeys(knobs.model)]
    decoded = as_sound(sound, RATE)
    samples, notes = window(decoded, knobs.start), window_notes(decoded, knobs.start)
    if is_too_quiet(samples):
        return SoundClassification(knobs.start, True, (), None, {}, notes)
    outputs = []
    for card in cards:
        get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
        begin = time.perf_counter()
        (row,) = probabilities(card.name, [samples], mask_of(knobs))
        elapsed = 1000 * (time.perf_counter() - begin)
        outputs.append(ClassProbabilities(card, row, card.config["unsure_below"], elapsed))
    answers = tuple(output.answer(knobs.top_k) for output in outputs)
    ensemble, categories = pool(outputs, knobs.top_k)
    return SoundClassification(knobs.start, False, answers, ensemble, categories, notes)


def pool(outputs: Sequence[ClassProbabilities], top_k: int) -> tuple[Answer | None, dict[str, float]]:
    """The average of several models, and the probabilities of the categories by it or by the only model.

    A model whose classes can sound together is left out: its scores do not sum to one.
    """
    outputs = [output for output in outputs if not output.card.config.get("multi_label")]
    cards = [output.card for output in outputs]
    if not outputs:
        return None, {}
    if any(card.classes != cards[0].classes for card in cards):  # models of the hub have classes of their own
        return average(outputs, top_k), {}
    pooled = logarithmic_pool(cards, [output.row for output in outputs])
    categories = category_probabilities(cards[0], pooled)
    if len(outputs) == 1:
        return None, categories
    best = max(outputs, key=lambda output: output.card.config["ensemble_weight"])
    elapsed = sum(output.milliseconds for output in outputs)
    answer = ClassProbabilities(best.card, pooled, best.threshold, elapsed).answer(top_k)
    unsure = answer.unsure or best.row.max() < best.threshold  # the others may be sure of what is none of the classes
    return replace(answer, model=ENSEMBLE, restriction=joined_restriction(cards), unsure=bool(unsure)), categories


def joined_restriction(cards: Sequence[Card]) -> str:
    """The restrictions of several models, each of them once."""
    return "; ".join(dict.fromkeys(card.restriction for card in cards))


def category_probabilities(card: Card, row: NDArray[np.float32]) -> dict[str, float]:
    """The probability of each major category of ESC-50: of ten classes each, in the order of the class indices.

    Empty for a model of other classes.
    """
    names: list[str] = card.config.get("categories", [])
    if not names:
        return {}
    return dict(zip(names, row.reshape(len(names), -1).sum(1).tolist(), strict=True))


def category_of(card: Card, label: str) -> str:
    """The major category of a class, empty for a model of other classes than ESC-50's.

    Raises InputError for a class that the model does not have.
    """
    categories: list[str] = card.config.get("categories", [])
    if not categories:
        return ""
    return categories[card.class_index(label) * len(categories) // len(card.classes)]
