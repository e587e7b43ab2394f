"""How near a style painted at once comes to what optimisation finds, and how long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor

from zoo.core.errors import InputError
from zoo.core.evaluation import PICTURES, ProgressCallback, files_at
from zoo.core.images import decode_image
from zoo.core.runtime import get_runtime
from zoo.exhibits.style.fast import restyle, style_card
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, Target, activations, losses
from zoo.exhibits.style.fine_tuning import grams_of
from zoo.exhibits.style.knobs import RestyleKnobs, StyleKnobs
from zoo.exhibits.style.optimised import Canvas
from zoo.exhibits.style.pictures import to_pixels

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

PHOTOGRAPHS, SIDE, STEPS, TIMED = 8, 256, 300, 512


@dataclass(frozen=True)
class Evaluation:
    """``loss_ratio``: content and weighted style loss of what the network paints, over that of 300 steps of Adam."""

    model: str
    loss_ratio: float
    seconds_at_512: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """Measure a style on at most eight photographs of a folder or a tar, the first by name.

    Weights of the losses, layers and network are those in the style's card. Raises InputError where there is no
    photograph, or no statistics of the painting that the style was learnt from.
    """
    card = style_card(model)
    grams = grams_of(card)
    if grams is None:
        raise InputError(f"{model} does not bring what its painting looked like: only bundled styles can be measured.")
    knobs = StyleKnobs(**card.config["loss"])
    files = files_at(path, PICTURES)
    taken = (
        [decode_image(data) for _, (data, _) in zip(range(PHOTOGRAPHS), files.samples, strict=False)] if files else []
    )
    if not taken:
        raise InputError(f"There is no picture at {path}: give a folder or a tar of photographs.")
    ratios = []
    for number, photograph in enumerate(taken):
        painted = to_pixels(restyle(photograph, RestyleKnobs(model=[model], size=SIDE)).painted, SIDE)
        goal = get_runtime().run(partial(Goal, knobs, grams, to_pixels(photograph, SIDE)), knobs.network)
        for step in range(STEPS):
            get_runtime().run(goal.canvas.step, knobs.network)
            if watch:
                watch(number * STEPS + step + 1, len(taken) * STEPS)
        found, least = (
            get_runtime().run(partial(goal.measure, each), knobs.network) for each in (painted, goal.canvas.pixels)
        )
        ratios.append(found / least)
    return Evaluation(model, fmean(ratios), _seconds(taken[0], model), len(taken))


class Goal:
    """A photograph to be painted in a style, and the canvas on which it is optimised from the photograph on."""

    def __init__(
        self, knobs: StyleKnobs, grams: Mapping[str, Tensor], content: Tensor, module: "NormalizedModel"
    ) -> None:
        device = module.mean.device
        moved = {path: gram.to(device) for path, gram in grams.items()}
        self.knobs, self.perception = knobs, PERCEPTIONS[knobs.network]
        seen = activations(module, self.perception, content.to(device))
        self.target = Target(moved, seen[self.perception.content].detach())
        self.canvas = Canvas(knobs, content.to(device, copy=True), self.target)

    def measure(self, pixels: Tensor, module: "NormalizedModel") -> float:
        """Weighted content and style loss of (1, 3, H, W) pixels in [0, 1]."""
        found = losses(module, self.perception, pixels.to(module.mean.device), self.target, self.knobs)
        return float(self.knobs.content * found.content + self.knobs.style * found.style)


def _seconds(photograph: Image.Image, model: str) -> float:
    knobs = RestyleKnobs(model=[model], size=TIMED)
    return median(restyle(photograph, knobs).milliseconds for _ in range(5)) / 1000
