"""Feed-forward style transfer: a trained network renders a photograph in one pass (Johnson et al. 2016)."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError
from zoo.core.inputs import ImageLike, as_image
from zoo.core.model_inputs import ModelInput, pixel_words
from zoo.core.runtime import get_runtime
from zoo.core.srgb import notes_of
from zoo.exhibits.style.knobs import FastStyleKnobs
from zoo.exhibits.style.pictures import image_to_tensor, tensor_to_image, transfer_colours
from zoo.exhibits.style.results import FastStyle
from zoo.exhibits.style.turns import TURN
from zoo.nets.stylenet import concatenate_styles

if TYPE_CHECKING:
    from zoo.nets.stylenet import StyleNet


READ_SIZE = 256  # pixels: the activations of all layers at 512 would take four times the memory


def stylise(image: ImageLike, knobs: FastStyleKnobs | None = None) -> FastStyle:
    """Render a photograph in one or several trained styles.

    Raises InputError for a picture that is too narrow or a model of another exhibit, NotFoundError for an unknown one.
    """
    knobs, photograph = knobs or FastStyleKnobs(), as_image(image)
    cards = [style_card(name) for name in knobs.model]
    if len({card.config.get("base", card.name) for card in cards}) > 1:
        raise InputError("These styles were trained on different networks and cannot be mixed: choose one of them.")
    get_runtime().load(*knobs.model)  # before the clock starts: the time is that of a forward pass
    start = time.perf_counter()
    pixels, weights = image_to_tensor(photograph, knobs.size), style_weights(knobs)
    stylised = tensor_to_image(render(pixels, weights, knobs.model))
    milliseconds = 1000 * (time.perf_counter() - start)
    restriction = "; ".join(dict.fromkeys(card.restriction for card in cards))
    picture = apply_strength(photograph, stylised, knobs)
    return FastStyle(tuple(knobs.model), milliseconds, restriction, picture, stylised, notes_of(photograph))


def style_card(name: str) -> Card:
    """Raises InputError for a model of another exhibit, NotFoundError when there is none of that name."""
    return require_card(name, "style")


def apply_strength(photograph: Image.Image, stylised: Image.Image, knobs: FastStyleKnobs) -> Image.Image:
    """The network's output blended with the photograph, as the knobs ask. The network need not run again."""
    picture = transfer_colours(stylised, photograph) if knobs.keep_colours else stylised
    if knobs.strength == 1:
        return picture
    background = photograph.convert("RGB").resize(stylised.size, Image.Resampling.LANCZOS)
    return Image.blend(background, picture, knobs.strength)


def style_weights(knobs: FastStyleKnobs) -> Tensor:
    """(1, n_styles, 1, w) weights that sum to 1 in each column; w is 1 where they do not change from left to right."""
    count = len(knobs.model)
    if count > 1 and knobs.mix == "left to right":
        return torch.eye(count)[None, :, None, :]
    if count == 2:
        return torch.tensor([1 - knobs.interpolation, knobs.interpolation]).view(1, 2, 1, 1)
    return torch.full((1, count, 1, 1), 1 / count)


def model_input(card: Card, photograph: Image.Image) -> ModelInput:
    """A photograph as a network of one style reads it, with a longer side of 256 pixels. Raises InputError."""
    knobs = FastStyleKnobs(model=[card.name], size=READ_SIZE)
    pixels = image_to_tensor(photograph, knobs.size)
    return ModelInput((pixels, style_weights(knobs)), "image", pixel_words(pixels))


def render(pixels: Tensor, weights: Tensor, models: Sequence[str]) -> Tensor:
    """The output of the networks as one, (1, 3, H, W) in [0, 1] on the CPU.

    Its layers are several turns of the worker where they take long: other predictions wait for a part of them alone.
    """
    rendering = Rendering(pixels, weights)
    while not get_runtime().run(rendering.advance, *models):
        pass
    return rendering.output


class Rendering:
    """A forward pass by layers. Changed on the worker alone."""

    def __init__(self, pixels: Tensor, weights: Tensor) -> None:
        self.output, self._weights = pixels, weights
        self._layers: Iterator[Tensor] | None = None

    @torch.inference_mode()
    def advance(self, *networks: "StyleNet") -> bool:
        """Compute layers for the time of one turn; whether that was all."""
        started = time.perf_counter()
        if self._layers is None:
            device = next(networks[0].parameters()).device
            network = concatenate_styles(networks)
            self._layers = network.layers(self.output.to(device), self._weights.to(device))
        for output in self._layers:
            self.output = output
            if time.perf_counter() - started > TURN:
                return False
        self.output = self.output.cpu()
        return True
