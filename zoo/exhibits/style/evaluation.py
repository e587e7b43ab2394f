"""How near a feed-forward style comes to the losses that optimisation reaches, its period, and how long it takes."""

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
from zoo.exhibits.style.fast import style_card, stylise
from zoo.exhibits.style.feature_extractor import LAYERS, Target, activations, compute_losses
from zoo.exhibits.style.fine_tuning import stored_grams
from zoo.exhibits.style.knobs import FastStyleKnobs, StyleKnobs
from zoo.exhibits.style.optimised import PixelOptimisation
from zoo.exhibits.style.periodicity import periodicity
from zoo.exhibits.style.pictures import image_to_tensor

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

PHOTOGRAPHS, SIDE, STEPS, TIMED_SIDE = 8, 256, 300, 512


@dataclass(frozen=True)
class Evaluation:
    """``loss_ratio``: weighted content and style loss of the network's output, over that of 300 steps of Adam.

    ``periodicity``: the highest peak of the autocorrelation of what the network adds to the luminance, from 0 to 1 for
    a pattern that repeats exactly (``zoo.exhibits.style.periodicity``). Both are means over the photographs, at 256
    pixels. ``seconds_at_512``: the median time of a forward pass at 512 pixels. ``n``: the number of photographs.
    """

    model: str
    loss_ratio: float
    periodicity: float
    seconds_at_512: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """Measure a style on at most eight photographs of a folder or a tar, the first by name.

    Weights of the losses, layers and feature extractor are those in the style's config. Raises InputError where there
    is no photograph, or where the Gram matrices of the painting are not stored.
    """
    card = style_card(model)
    grams = stored_grams(card)
    if grams is None:
        raise InputError(f"{model} has no Gram matrices of its painting: only bundled styles can be measured.")
    knobs = StyleKnobs(**card.config["loss"])
    photographs = _read_photographs(path)
    ratios, periods = [], []
    for number, photograph in enumerate(photographs):
        stylised = stylise(photograph, FastStyleKnobs(model=[model], size=SIDE)).stylised
        periods.append(periodicity(stylised, photograph))
        output, content = image_to_tensor(stylised, SIDE), image_to_tensor(photograph, SIDE)
        reference = get_runtime().run(partial(Reference, knobs, grams, content), knobs.network)
        for step in range(STEPS):
            get_runtime().run(reference.optimisation.step, knobs.network)
            if watch:
                watch(number * STEPS + step + 1, len(photographs) * STEPS)
        loss, optimised = (
            get_runtime().run(partial(reference.measure, pixels), knobs.network)
            for pixels in (output, reference.optimisation.pixels)
        )
        ratios.append(loss / optimised)
    return Evaluation(model, fmean(ratios), fmean(periods), _seconds(photographs[0], model), len(photographs))


def _read_photographs(path: Path) -> list[Image.Image]:
    files = files_at(path, PICTURES)
    photographs = (
        [decode_image(data) for _, (data, _) in zip(range(PHOTOGRAPHS), files.samples, strict=False)] if files else []
    )
    if not photographs:
        raise InputError(f"There is no picture at {path}: give a folder or a tar of photographs.")
    return photographs


class Reference:
    """The optimisation of one photograph in the style, from the photograph on."""

    def __init__(
        self, knobs: StyleKnobs, grams: Mapping[str, Tensor], content: Tensor, module: "NormalizedModel"
    ) -> None:
        device = module.mean.device
        self.knobs, self.layers = knobs, LAYERS[knobs.network]
        features = activations(module, self.layers, content.to(device))
        self.target = Target(
            {path: gram.to(device) for path, gram in grams.items()}, features[self.layers.content].detach()
        )
        self.optimisation = PixelOptimisation(knobs, content.to(device, copy=True), self.target)

    def measure(self, pixels: Tensor, module: "NormalizedModel") -> float:
        """Weighted content and style loss of (1, 3, H, W) pixels in [0, 1]."""
        losses = compute_losses(module, self.layers, pixels.to(module.mean.device), self.target, self.knobs)
        return float(self.knobs.content_weight * losses.content + self.knobs.style_weight * losses.style)


def _seconds(photograph: Image.Image, model: str) -> float:
    knobs = FastStyleKnobs(model=[model], size=TIMED_SIDE)
    return median(stylise(photograph, knobs).milliseconds for _ in range(5)) / 1000
