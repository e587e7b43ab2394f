"""Painting at once: a network that has learnt a style repaints a photograph in one go (Johnson et al. 2016)."""

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from zoo.core.cards import Card, find_card
from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.style.knobs import RestyleKnobs
from zoo.exhibits.style.pictures import to_picture, to_pixels, with_colours_of
from zoo.nets.stylenet import joined

if TYPE_CHECKING:
    from zoo.nets.stylenet import StyleNet


@dataclass(frozen=True)
class Restyled:
    """``picture``: as the knobs ask. ``painted``: at full strength in the style's own colours, for other strengths."""

    picture: Image.Image
    painted: Image.Image
    models: tuple[str, ...]
    milliseconds: float
    restriction: str


def restyle(photograph: Image.Image, knobs: RestyleKnobs | None = None) -> Restyled:
    """Paint ``photograph`` in one or several learnt styles.

    Raises InputError for a picture too narrow, NotFoundError for a model that is not there or knows no style.
    """
    knobs = knobs or RestyleKnobs()
    cards = [style_card(name) for name in knobs.model]
    bases = {card.config.get("base", card.name) for card in cards}
    if len(bases) > 1:
        raise InputError("These styles were learnt on different networks and cannot be mixed: choose one of them.")
    pixels, mix = to_pixels(photograph, knobs.size), mixture(knobs)
    start = time.perf_counter()
    painted = to_picture(get_runtime().run(partial(_painted, pixels, mix), *knobs.model))
    milliseconds = 1000 * (time.perf_counter() - start)
    restriction = "; ".join(dict.fromkeys(card.restriction for card in cards))
    return Restyled(covering(photograph, painted, knobs), painted, tuple(knobs.model), milliseconds, restriction)


def style_card(name: str) -> Card:
    """Raises InputError for a model of another exhibit, NotFoundError when there is none."""
    card = find_card(name)
    if card.exhibit != "style" or card.config["architecture"]["kind"] != "stylenet":
        raise InputError(f"{name} is no style: see `zoo list` for those there are.")
    return card


def covering(photograph: Image.Image, painted: Image.Image, knobs: RestyleKnobs) -> Image.Image:
    """As much of the painting over the photograph as asked for. Cheap: the network need not run again."""
    picture = with_colours_of(painted, photograph) if knobs.keep_colours else painted
    if knobs.strength == 1:
        return picture
    below = photograph.convert("RGB").resize(painted.size, Image.Resampling.LANCZOS)
    return Image.blend(below, picture, knobs.strength)


def mixture(knobs: RestyleKnobs) -> Tensor:
    """(1, styles, 1, w) weights that sum to 1 at each place; w is 1 where they are the same from left to right."""
    count = len(knobs.model)
    if count > 1 and knobs.mix == "left to right":
        return torch.eye(count)[None, :, None, :]
    if count == 2:
        return torch.tensor([1 - knobs.share, knobs.share]).view(1, 2, 1, 1)
    return torch.full((1, count, 1, 1), 1 / count)


@torch.inference_mode()
def _painted(pixels: Tensor, mix: Tensor, *networks: "StyleNet") -> Tensor:
    device = next(networks[0].parameters()).device
    painted: Tensor = joined(networks)(pixels.to(device), mix.to(device))
    return painted.cpu()
