"""Painting by optimisation: the pixels themselves are what is learnt (Gatys, Ecker and Bethge 2016)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from zoo.core.cards import find_card
from zoo.core.device import memory_limit_bytes
from zoo.core.errors import InputError, TooLargeError
from zoo.core.jobs import Progress, Steps
from zoo.core.runtime import get_runtime
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, Losses, Target, estimated_bytes, losses, target_of
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.pictures import fitted, narrowest, to_picture, to_pixels, with_colours_of

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

FRAMES, FRAME_SIDE = 48, 320  # of the animation: at most so many, at most so large
RATE = 0.03
SMALLEST, LARGEST = 64, 2048  # pixels of a longer side: of a level, of a painting
Style = tuple[Image.Image, float]  # a painting and how much it counts


@dataclass(frozen=True)
class Painting:
    """``frames``: how it came about. ``content`` and ``style``: the relative errors after each step."""

    picture: Image.Image
    frames: tuple[Image.Image, ...] = ()
    content: tuple[float, ...] = ()
    style: tuple[float, ...] = ()
    restriction: str = ""


def paint(photograph: Image.Image, styles: Sequence[Style], knobs: StyleKnobs | None = None) -> Steps[Painting]:
    """Change the pixels of ``photograph`` until their statistics are those of ``styles``.

    A job of one change a step; each record's preview is the ``Painting`` so far. Raises InputError for a picture too
    narrow or no style at all, TooLargeError when the size needs more memory than there is.
    """
    knobs = knobs or StyleKnobs()
    used = [(picture, weight) for picture, weight in styles if weight > 0]
    if not used:
        raise InputError("There is no style to paint in: choose one, and give it some weight.")
    memory_needed(photograph.size, knobs)
    least = max(SMALLEST, narrowest(photograph.size))
    sides = [side for level in range(knobs.levels) if (side := knobs.size >> level) >= least or level == 0][::-1]
    shares = [knobs.steps // len(sides)] * (len(sides) - 1)
    shares.append(knobs.steps - sum(shares))
    result = Painting(photograph, restriction=find_card(knobs.network).restriction)
    run = partial(get_runtime().run, seed=knobs.seed)
    pixels: Tensor | None = None
    for side, share in zip(sides, shares, strict=True):
        canvas = partial(prepared, knobs, to_pixels(photograph, side), _pixels(used, side * knobs.brush), pixels)
        level = run(canvas, knobs.network)
        for _ in range(share):
            errors = run(level.step, knobs.network)
            result = _grown(result, level.pixels, errors, photograph, knobs)
            done = len(result.style)
            yield Progress(
                done,
                knobs.steps,
                f"Step {done} of {knobs.steps}, at {side} pixels",
                metrics={"content": result.content[-1], "style": result.style[-1]},
                preview=result,
            )
        pixels = level.pixels
    return result


def memory_needed(size: tuple[int, int], knobs: StyleKnobs) -> int:
    """The bytes that painting a photograph of ``size`` takes, about.

    Raises TooLargeError, with the estimate, when there are not so many, InputError for a photograph too narrow.
    """
    needed, free = estimated_bytes(*fitted(size, knobs.size), knobs.network), memory_limit_bytes() // 2
    if needed > free:
        raise TooLargeError(
            f"At {knobs.size} pixels this needs about {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are to "
            "be had: choose a smaller size."
        )
    return needed


def _pixels(styles: Sequence[Style], side: float) -> list[tuple[Tensor, float]]:
    """Paintings with a longer side of about ``side``: larger where they are small or narrow."""
    sides = [min(LARGEST, max(SMALLEST, round(side), narrowest(picture.size))) for picture, _ in styles]
    return [(to_pixels(picture, each), weight) for (picture, weight), each in zip(styles, sides, strict=True)]


def _grown(
    before: Painting, pixels: Tensor, errors: tuple[float, float], photograph: Image.Image, knobs: StyleKnobs
) -> Painting:
    """The painting after one step more."""
    content, style = errors
    picture = to_picture(pixels)
    if knobs.keep_colours:
        picture = with_colours_of(picture, photograph)
    frames = before.frames
    if len(before.style) % max(1, -(-knobs.steps // FRAMES)) == 0 or len(before.style) + 1 == knobs.steps:
        small = picture.copy()
        small.thumbnail((FRAME_SIDE, FRAME_SIDE))
        frames = (*frames, small)
    return replace(
        before,
        picture=picture,
        frames=frames,
        content=(*before.content, content),
        style=(*before.style, style),
    )


def prepared(
    knobs: StyleKnobs,
    content: Tensor,
    styles: Sequence[tuple[Tensor, float]],
    before: Tensor | None,
    module: "NormalizedModel",
) -> "Canvas":
    """The canvas of a level, begun from the level ``before`` or as the knobs say. For the worker."""
    device = module.mean.device
    moved = [(picture.to(device), weight) for picture, weight in styles]
    target = target_of(module, PERCEPTIONS[knobs.network], content.to(device), moved)
    if before is not None:
        start = F.interpolate(before, content.shape[2:], mode="bicubic").clamp(0, 1)
    else:
        start = content if knobs.start == "photograph" else torch.rand(content.shape)
    return Canvas(knobs, start.to(device, copy=True), target)


class Canvas:
    """Pixels on their way to a target. Changed on the worker; ``pixels``: (1, 3, H, W) in [0, 1], on the CPU."""

    def __init__(self, knobs: StyleKnobs, start: Tensor, target: Target) -> None:
        self.knobs, self.perception, self.target = knobs, PERCEPTIONS[knobs.network], target
        self.canvas = start.contiguous().requires_grad_(True)
        self.optimiser: torch.optim.Optimizer
        if knobs.optimiser == "adam":
            self.optimiser = torch.optim.Adam([self.canvas], lr=RATE)
        else:
            self.optimiser = torch.optim.LBFGS([self.canvas], lr=1, max_iter=1, history_size=20)

    @property
    def pixels(self) -> Tensor:
        return self.canvas.detach().cpu()

    def step(self, module: "NormalizedModel") -> tuple[float, float]:
        """Change the pixels once: the errors of content and style before. Raises InputError when they fall apart."""
        found: list[Losses] = []

        def closure() -> float:
            found.append(losses(module, self.perception, self.canvas, self.target, self.knobs))
            (self.canvas.grad,) = torch.autograd.grad(found[-1].total, self.canvas)
            return float(found[-1].total.detach())

        descend: Callable[[Callable[[], float]], object] = self.optimiser.step
        descend(closure)
        with torch.no_grad():
            self.canvas.clamp_(0, 1)
        if not bool(torch.isfinite(self.canvas).all()):
            raise InputError("The painting fell apart: choose Adam, or less of style.")
        return float(found[0].content.detach()), float(found[0].style.detach())
