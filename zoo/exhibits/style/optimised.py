"""Optimised style transfer: gradient descent on the pixels themselves (Gatys, Ecker and Bethge 2016).

It departs from doi:10.1109/CVPR.2016.265 in that it starts at a low resolution, from the photograph rather than noise,
uses Adam rather than L-BFGS unless asked, and adds a total variation loss.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from zoo.core.cards import find_card
from zoo.core.device import memory_limit_bytes
from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import ImageLike, as_image
from zoo.core.runtime import get_runtime
from zoo.core.srgb import notes_of
from zoo.core.steps import PAUSE, Progress, Steps
from zoo.exhibits.style.feature_extractor import LAYERS, Losses, Target, estimate_bytes, target_in_turns
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.pictures import (
    image_to_tensor,
    min_longer_side,
    scaled_size,
    tensor_to_image,
    transfer_colours,
)
from zoo.exhibits.style.results import OptimisedStyle
from zoo.exhibits.style.turns import gradient_in_turns, take_turn

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

MAX_PAINTINGS = 4
MAX_FRAMES, FRAME_SIDE = 48, 320  # of the animation: number, pixels of the longer side
LEARNING_RATE = 0.03
MIN_LEVEL, MAX_PAINTING = 64, 2048  # pixels of the longer side: of a level at least, of a painting at most
WeightedPainting = tuple[Image.Image, float]


def optimise_style(
    image: ImageLike, paintings: Sequence[ImageLike], knobs: StyleKnobs | None = None
) -> Steps[OptimisedStyle]:
    """Minimise content and style loss over the pixels of a photograph; a job of one optimisation step each.

    Each record's preview is the ``OptimisedStyle`` so far. Raises InputError for a picture that is too narrow or for no
    painting with a weight, TooLargeError for more than four paintings or a size that needs more memory than there is.
    """
    knobs, photograph = knobs or StyleKnobs(), as_image(image)
    weighted = weighted_paintings(paintings, knobs.weights)
    estimate_memory(photograph.size, knobs)
    card = find_card(knobs.network)
    notes = notes_of(photograph)
    result = OptimisedStyle(card.name, card.restriction, *photograph.size, (), (), photograph, notes=notes)
    run = partial(get_runtime().run, seed=knobs.seed)
    pixels: Tensor | None = None
    for side, steps in schedule(photograph.size, knobs):
        content, styles = image_to_tensor(photograph, side), _to_tensors(weighted, side * knobs.style_scale)
        starting = run(partial(start_level, knobs, content, styles, pixels), knobs.network)
        while (optimisation := run(partial(take_turn, starting), knobs.network)) is None:
            yield PAUSE
        for _ in range(steps):
            while (losses := run(optimisation.advance, knobs.network)) is None:
                yield PAUSE
            result = _updated(result, optimisation.pixels, losses, photograph, knobs)
            done = len(result.style_loss)
            yield Progress(
                done,
                knobs.steps,
                f"Step {done} of {knobs.steps}, at {side} pixels",
                metrics={"content_loss": result.content_loss[-1], "style_loss": result.style_loss[-1]},
                preview=result,
            )
        pixels = optimisation.pixels
    return result


def weighted_paintings(paintings: Sequence[ImageLike], weights: Sequence[float]) -> list[WeightedPainting]:
    """The paintings with a weight above 0; without ``weights``, all have the same.

    Raises InputError where none is left or the numbers differ, TooLargeError for more than four.
    """
    if len(paintings) > MAX_PAINTINGS:
        raise TooLargeError(f"That is {len(paintings)} paintings: give at most {MAX_PAINTINGS}.")
    if weights and len(weights) != len(paintings):
        raise InputError(f"There are {len(weights)} weights for {len(paintings)} paintings: give one each, or none.")
    pairs = zip(paintings, weights or [1.0] * len(paintings), strict=True)
    used = [(as_image(painting), weight) for painting, weight in pairs if weight > 0]
    if not used:
        raise InputError("There is no style to transfer: choose a painting, and give it a weight above 0.")
    return used


def schedule(size: tuple[int, int], knobs: StyleKnobs) -> Iterator[tuple[int, int]]:
    """Longer side and number of steps of each level, from coarse to fine, without levels that would be too small."""
    smallest = max(MIN_LEVEL, min_longer_side(size))
    sides = [side for level in range(knobs.levels) if (side := knobs.size >> level) >= smallest or level == 0][::-1]
    steps = [knobs.steps // len(sides)] * (len(sides) - 1)
    return zip(sides, [*steps, knobs.steps - sum(steps)], strict=True)


def estimate_memory(size: tuple[int, int], knobs: StyleKnobs) -> int:
    """The bytes that the optimisation of a photograph of ``size`` (width, height) takes, about.

    Raises TooLargeError, with the estimate, where that is more than half of the memory, InputError for a photograph
    that is too narrow.
    """
    needed, free = estimate_bytes(*scaled_size(size, knobs.size), knobs.network), memory_limit_bytes() // 2
    if needed > free:
        raise TooLargeError(
            f"At {knobs.size} pixels this needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are "
            "available: choose a smaller size."
        )
    return needed


def _to_tensors(paintings: Sequence[WeightedPainting], side: float) -> list[tuple[Tensor, float]]:
    """Paintings with a longer side of about ``side``: more where they are small or narrow."""
    sides = [
        min(MAX_PAINTING, max(MIN_LEVEL, round(side), min_longer_side(painting.size))) for painting, _ in paintings
    ]
    return [
        (image_to_tensor(painting, longer), weight) for (painting, weight), longer in zip(paintings, sides, strict=True)
    ]


def _updated(
    before: OptimisedStyle, pixels: Tensor, losses: tuple[float, float], photograph: Image.Image, knobs: StyleKnobs
) -> OptimisedStyle:
    """The result after one more step."""
    content, style = losses
    picture = tensor_to_image(pixels)
    if knobs.keep_colours:
        picture = transfer_colours(picture, photograph)
    done, frames = len(before.style_loss) + 1, before.frames
    if (done - 1) % max(1, -(-knobs.steps // MAX_FRAMES)) == 0 or done == knobs.steps:
        small = picture.copy()
        small.thumbnail((FRAME_SIDE, FRAME_SIDE))
        frames = (*frames, small)
    return replace(
        before,
        width=picture.width,
        height=picture.height,
        content_loss=(*before.content_loss, content),
        style_loss=(*before.style_loss, style),
        picture=picture,
        frames=frames,
    )


def start_level(
    knobs: StyleKnobs,
    content: Tensor,
    paintings: Sequence[tuple[Tensor, float]],
    before: Tensor | None,
    module: "NormalizedModel",
) -> "Steps[PixelOptimisation]":
    """The optimisation of a level, from the pixels of the level ``before`` or as the knobs say. For the worker.

    It pauses after each stage of the network.

    ``content``: (1, 3, H, W) in [0, 1], as ``before`` at half of the size.
    """
    device = module.mean.device
    moved = [(pixels.to(device), weight) for pixels, weight in paintings]
    target = yield from target_in_turns(module, LAYERS[knobs.network], content.to(device), moved)
    if before is not None:
        start = F.interpolate(before, content.shape[2:], mode="bicubic").clamp(0, 1)
    else:
        start = content if knobs.init == "photograph" else torch.rand(content.shape)
    return PixelOptimisation(knobs, start.to(device, copy=True), target)


class PixelOptimisation:
    """Pixels and their optimiser. Changed on the worker alone."""

    def __init__(self, knobs: StyleKnobs, start: Tensor, target: Target) -> None:
        self.knobs, self.layers, self.target = knobs, LAYERS[knobs.network], target
        self.parameter = start.contiguous().requires_grad_(True)
        self._gradient: Generator[None, None, tuple[Losses, Tensor]] | None = None
        self.optimiser: torch.optim.Optimizer
        if knobs.optimiser == "adam":
            self.optimiser = torch.optim.Adam([self.parameter], lr=LEARNING_RATE)
        else:
            self.optimiser = torch.optim.LBFGS([self.parameter], lr=1, max_iter=1, history_size=20)

    @property
    def pixels(self) -> Tensor:
        """(1, 3, H, W) in [0, 1], on the CPU."""
        return self.parameter.detach().cpu()

    def step(self, module: "NormalizedModel") -> tuple[float, float]:
        """One optimisation step in one turn; content and style loss before it."""
        while (losses := self.advance(module)) is None:
            pass
        return losses

    def advance(self, module: "NormalizedModel") -> tuple[float, float] | None:
        """Compute for one turn. At the end of a step: content and style loss before it, else None.

        Raises InputError where the pixels diverge.
        """
        if self._gradient is None:
            self._gradient = gradient_in_turns(module, self.layers, self.parameter, self.target, self.knobs)
        computed = take_turn(self._gradient)
        if computed is None:
            return None
        self._gradient = None
        return self._update(*computed)

    def _update(self, losses: Losses, gradient: Tensor) -> tuple[float, float]:
        """Change the pixels. L-BFGS with one iteration a step evaluates its closure once, so that it can be known."""
        self.parameter.grad = gradient
        step: Callable[[Callable[[], float]], object] = self.optimiser.step
        step(lambda: float(losses.total.detach()))
        with torch.no_grad():
            self.parameter.clamp_(0, 1)
        if not bool(torch.isfinite(self.parameter).all()):
            raise InputError("The optimisation diverged: choose Adam, or a lower style weight.")
        return float(losses.content.detach()), float(losses.style.detach())
