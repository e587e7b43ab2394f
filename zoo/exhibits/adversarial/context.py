"""One picture before one model: what every attack on it begins with."""

import time
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from zoo.core.cards import Card, find_card
from zoo.core.errors import InputError
from zoo.core.loading import class_probabilities
from zoo.core.preprocessing import Preprocessing, View
from zoo.core.runtime import get_runtime
from zoo.exhibits import find_exhibit
from zoo.exhibits.adversarial.attacks import direction
from zoo.exhibits.adversarial.knobs import AttackKnobs

Odds = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """``original``: what the model sees; ``clean``: the same as (1, 3, H, W) in [0, 1]; ``row``: what it says of it.

    ``milliseconds``: what it took to say so. ``aim``: the place of the target or, without one, of the class that the
    model names.
    """

    card: Card
    view: View
    original: Image.Image
    clean: Tensor
    row: Odds
    milliseconds: float
    aim: int
    targeted: bool

    @cached_property
    def sign(self) -> Tensor:
        """(1, 3, H, W) of -1, 0 and 1: where FGSM moves the pixels, whatever epsilon is."""
        return self.look(self.clean)

    def odds(self, pictures: Tensor) -> Odds:
        return odds(self.card, self.view, pictures)

    def fooled(self, row: Odds) -> bool:
        """Whether probabilities are what the attacker wants."""
        return (int(row.argmax()) == self.aim) is self.targeted

    def look(self, moved: Tensor) -> Tensor:
        """The direction in which to move pixels, a prediction's turn of the runtime."""
        labels = torch.full((len(moved),), self.aim)
        ask = partial(direction, pixels=moved, labels=labels, targeted=self.targeted)
        return get_runtime().run(ask, self.card.name)


def open_case(image: Image.Image, knobs: AttackKnobs) -> Case:
    """What attacks on an RGB picture have in common, whatever epsilon and method: keep it while those change.

    Raises InputError for a model that is no classifier, a target that it does not know or one that it names already,
    NotFoundError for an unknown model, UnavailableError when its weights had to be downloaded and could not be.
    """
    card = victim(knobs.model)
    view, original = view_of(image, card), seen(image, card)
    clean = to_pixels(original)
    begin = time.perf_counter()
    row = odds(card, view, clean)[0]
    took = 1000 * (time.perf_counter() - begin)
    said = int(row.argmax())
    aim = card.class_index(knobs.target) if knobs.targeted else said
    if knobs.targeted and aim == said:
        raise InputError(f"{card.name} calls this picture {card.classes[aim].label} already: choose another target.")
    return Case(card, view, original, clean, row, took, aim, knobs.targeted)


def victims() -> tuple[Card, ...]:
    """The bundled models that can be attacked."""
    return find_exhibit("adversarial").cards()


def victim(name: str) -> Card:
    """Raises InputError when the model names no pictures, NotFoundError when there is none of that name."""
    card = find_card(name)
    exhibit = find_exhibit("adversarial")
    if card.exhibit not in (exhibit.name, *exhibit.models_of):
        raise InputError(f"{name} is a model of {card.exhibit}, not a classifier of pictures: choose another.")
    return card


def view_of(image: Image.Image, card: Card) -> View:
    """How the model looks at a picture; one that is as large as a view is meant for that view."""
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    whole = (view for view in preprocessing.views if image.size == (view.crop, view.crop))
    return next(whole, preprocessing.view(image))


def seen(image: Image.Image, card: Card) -> Image.Image:
    """What the model sees of an RGB picture; one that is as large as a view is taken as it is, so attacks survive."""
    view = view_of(image, card)
    return image if image.size == (view.crop, view.crop) else view.picture(image)


def odds(card: Card, view: View, pictures: Tensor) -> Odds:
    """(B, classes) calibrated probabilities of (B, 3, H, W) in [0, 1]."""
    return get_runtime().run(partial(class_probabilities, inputs=pictures, temperature=view.temperature), card.name)


def to_pixels(image: Image.Image) -> Tensor:
    """RGB picture -> (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.asarray(image, np.float32).transpose(2, 0, 1).copy())[None] / 255


def to_picture(pixels: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] -> RGB picture."""
    return Image.fromarray((pixels * 255).round().byte().permute(1, 2, 0).numpy())
