"""What all attacks on one picture and one model share: the pixels, the prediction and the gradient's sign."""

import time
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError
from zoo.core.inputs import ImageLike, as_image
from zoo.core.loading import class_probabilities
from zoo.core.model_inputs import ModelInput, pixel_words
from zoo.core.preprocessing import Preprocessing, View
from zoo.core.runtime import get_runtime
from zoo.exhibits import find_exhibit
from zoo.exhibits.adversarial.attacks import LEVELS, gradient_sign
from zoo.exhibits.adversarial.knobs import VictimKnobs

Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class AttackContext:
    """One picture and one model, before any attack.

    ``original``: the picture at the size that the model takes; ``pixels``: the same as (1, 3, H, W) in [0, 1].
    ``probabilities``: (num_classes,) for it, computed in ``milliseconds``. ``class_index``: of the target class or,
    untargeted, of the predicted class.
    """

    card: Card
    view: View
    original: Image.Image
    pixels: Tensor
    probabilities: Probabilities
    milliseconds: float
    class_index: int
    targeted: bool

    @cached_property
    def gradient_sign(self) -> Tensor:
        """(1, 3, H, W) of -1, 0 and 1 at the original pixels: FGSM needs no other, whatever epsilon is."""
        return self.gradient_sign_at(self.pixels)

    def gradient_sign_at(self, pixels: Tensor) -> Tensor:
        """(B, 3, H, W) of -1, 0 and 1: the direction in which to change the pixels. One step of the runtime."""
        labels = torch.full((len(pixels),), self.class_index)
        compute = partial(gradient_sign, pixels=pixels, labels=labels, targeted=self.targeted)
        return get_runtime().run(compute, self.card.name)

    def predict(self, pixels: Tensor) -> Probabilities:
        """(B, num_classes) calibrated probabilities of (B, 3, H, W) in [0, 1]."""
        return predict(self.card, self.view, pixels)

    def fooled(self, probabilities: Probabilities) -> bool:
        """Whether (num_classes,) probabilities are what the attacker wants."""
        return (int(probabilities.argmax()) == self.class_index) is self.targeted

    def label(self, class_index: int) -> str:
        return self.card.classes[class_index].label


def attack_context(image: ImageLike, knobs: VictimKnobs) -> AttackContext:
    """What attacks on a picture share, whatever their epsilon and method: keep it while those change.

    Raises InputError for a model that is no image classifier, and for a target class that it does not have or predicts
    already; NotFoundError for an unknown model; UnavailableError when its weights could not be downloaded.
    """
    picture, card = as_image(image), classifier_card(knobs.model)
    get_runtime().load(card.name)  # before the clock starts: the time is that of a prediction
    view, original = model_view(picture, card), preprocess(picture, card)
    (pixels,) = model_input(card, original).tensors
    start = time.perf_counter()
    (probabilities,) = predict(card, view, pixels)
    elapsed = 1000 * (time.perf_counter() - start)
    predicted = int(probabilities.argmax())
    class_index = card.class_index(knobs.target) if knobs.targeted else predicted
    if knobs.targeted and class_index == predicted:
        label = card.classes[predicted].label
        raise InputError(f"{card.name} predicts {label} for this picture already: choose another target.")
    return AttackContext(card, view, original, pixels, probabilities, elapsed, class_index, knobs.targeted)


def image_classifiers() -> tuple[Card, ...]:
    """The bundled models that can be attacked."""
    return find_exhibit("adversarial").cards()


def classifier_card(name: str) -> Card:
    """Raises InputError when the model is no image classifier, NotFoundError when there is none of that name."""
    exhibit = find_exhibit("adversarial")
    return require_card(name, exhibit.name, *exhibit.models_of)


def model_view(image: Image.Image, card: Card) -> View:
    """How the model crops and resizes a picture; one that has the size of a view belongs to that view."""
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    same_size = (view for view in preprocessing.views if image.size == (view.crop, view.crop))
    return next(same_size, preprocessing.view(image))


def preprocess(image: Image.Image, card: Card) -> Image.Image:
    """An RGB picture at the size that the model takes. One of that size is not resampled, so that attacks survive."""
    view = model_view(image, card)
    return image if image.size == (view.crop, view.crop) else view.picture(image)


def model_input(card: Card, picture: Image.Image) -> ModelInput:
    """An RGB picture as the attacked model reads it: an adversarial picture is not resampled."""
    pixels = to_pixels(preprocess(picture, card))
    return ModelInput((pixels,), "image", pixel_words(pixels))


def predict(card: Card, view: View, pixels: Tensor) -> Probabilities:
    """(B, num_classes) calibrated probabilities of (B, 3, H, W) in [0, 1]."""
    return get_runtime().run(partial(class_probabilities, inputs=pixels, temperature=view.temperature), card.name)


def predict_picture(card: Card, image: Image.Image) -> Probabilities:
    """(num_classes,) calibrated probabilities of an RGB picture of any size."""
    probabilities: Probabilities = predict(card, model_view(image, card), to_pixels(preprocess(image, card)))[0]
    return probabilities


def to_pixels(image: Image.Image) -> Tensor:
    """RGB picture -> (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.asarray(image, np.float32).transpose(2, 0, 1).copy())[None] / LEVELS


def to_picture(pixels: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1] -> RGB picture."""
    return Image.fromarray((pixels * LEVELS).round().byte().permute(1, 2, 0).numpy())
