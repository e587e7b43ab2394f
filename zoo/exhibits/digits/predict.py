"""A digit in a picture, read by each network, with the evidence in its pixels."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from zoo.core.answers import Prediction
from zoo.core.cards import Card, require_card
from zoo.core.inputs import ImageLike, as_image
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.core.srgb import notes_of
from zoo.exhibits.digits.ink import BLANK, LIGHT, ink_of
from zoo.exhibits.digits.inside import hidden_units, integrated_gradients
from zoo.exhibits.digits.knobs import DigitsKnobs
from zoo.exhibits.digits.pictures import evidence_picture
from zoo.exhibits.digits.results import NOT_A_DIGIT, DigitAnswer, Digits
from zoo.nets.digits import Centring

EXHIBIT = "digits"
N_DIGITS = 10  # classes; a network may have one more, "not a digit"
ALWAYS_A_DIGIT = "{} has no class for what is not a digit: its answer is always the most probable digit."


def digits(image: ImageLike, knobs: DigitsKnobs | None = None) -> Digits:
    """The digit in a picture of any size, dark on light or light on dark, by each network of ``knobs.model``.

    Raises InputError for a model that reads no digits, NotFoundError for an unknown one.
    """
    picture = as_image(image)
    ink = ink_of(picture)
    note = ink.missing or (LIGHT if ink.light else "")
    return read_ink(ink.values, knobs, (*notes_of(picture), *filter(None, [note])))


def read_ink(ink: NDArray[np.float32], knobs: DigitsKnobs | None = None, notes: tuple[str, ...] = ()) -> Digits:
    """The same for (H, W) ink in [0, 1], as of strokes. ``notes``: about the picture that it is of."""
    knobs = knobs or DigitsKnobs()
    blank = not ink.any()
    centred = centred_ink(ink)
    answers = tuple(_answer(require_card(name, EXHIBIT), centred, knobs, blank) for name in dict.fromkeys(knobs.model))
    normalised = centred[0, 0].numpy()
    drawn = evidence_picture(normalised, [each.evidence for each in answers])
    notes = notes or ((BLANK,) if blank else ())
    return Digits(answers, normalised, blank, drawn, notes if blank else (*notes, *_always_digits(answers)))


def _always_digits(answers: tuple[DigitAnswer, ...]) -> list[str]:
    """What to know of the networks that answered with a digit where another one saw none."""
    if NOT_A_DIGIT not in {answer.label for answer in answers}:
        return []
    cards = [require_card(answer.model, EXHIBIT) for answer in answers]
    return [ALWAYS_A_DIGIT.format(card.title) for card in cards if len(card.classes) == N_DIGITS]


def centred_ink(ink: NDArray[np.float32]) -> Tensor:
    """(1, 2, 28, 28): as the networks receive it."""
    centred: Tensor = Centring()(torch.from_numpy(ink)[None, None])
    return centred


def model_input(card: Card, picture: Image.Image) -> ModelInput:
    """A picture as a model of digits reads it."""
    return ModelInput(
        (centred_ink(ink_of(picture).values),), "image", "a picture of 28 × 28 pixels, centred by its ink"
    )


def probabilities(name: str, centred: Tensor) -> NDArray[np.float32]:
    """(N, num_classes) calibrated probabilities of (N, 2, 28, 28)."""
    temperature = float(require_card(name, EXHIBIT).config["temperature"])

    def compute(network: nn.Module) -> NDArray[np.float32]:
        device = next(network.parameters()).device
        with torch.inference_mode():
            rows: NDArray[np.float32] = (network(centred.to(device)) / temperature).softmax(1).cpu().numpy()
            return rows

    return get_runtime().run(compute, name)


def _answer(card: Card, centred: Tensor, knobs: DigitsKnobs, blank: bool) -> DigitAnswer:
    get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
    start = time.perf_counter()
    (row,) = probabilities(card.name, centred)
    milliseconds = 1000 * (time.perf_counter() - start)
    best = int(row[:N_DIGITS].argmax())
    rejected = blank or (len(row) > N_DIGITS and row[N_DIGITS] >= knobs.not_a_digit)
    hidden = get_runtime().run(lambda network: hidden_units(network, centred), card.name)
    evidence = get_runtime().run(lambda network: integrated_gradients(network, centred, best), card.name)
    order = np.argsort(-row, kind="stable")[: knobs.top_k]
    return DigitAnswer(
        model=card.name,
        restriction=card.restriction,
        label=NOT_A_DIGIT if rejected else str(best),
        probability=(float(row[N_DIGITS]) if len(row) > N_DIGITS else 0.0) if rejected else float(row[best]),
        predictions=tuple(
            Prediction(card.classes[index].id, card.classes[index].label, float(row[index])) for index in order
        ),
        milliseconds=milliseconds,
        hidden=hidden,
        evidence=evidence,
    )
