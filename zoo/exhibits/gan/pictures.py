"""Pictures of clothes from a trained generator: a grid, or an animation from one class to another."""

import io
import math
import time
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from zoo.core.cards import require_card
from zoo.core.runtime import get_runtime
from zoo.exhibits.gan.knobs import ALL, CLASSES, MODEL, GeneratedKnobs, InterpolationKnobs
from zoo.exhibits.gan.results import GeneratedPictures, Interpolation

SIDE, GAP, COLUMNS = 28, 2, 10  # pixels, pixels, pictures
SCALE = 2  # pixels of a grid for one of the generator
FRAME, PAUSE = 80, 600  # milliseconds


def latent_size(model: str = MODEL) -> int:
    """How many numbers of noise the generator takes."""
    return int(require_card(model, "gan").config["architecture"]["latent"])


def noise(count: int, seed: int, truncation: float, model: str = MODEL) -> Tensor:
    """(count, latent) random numbers; the first rows do not depend on ``count``."""
    generator = torch.Generator().manual_seed(seed)
    return truncation * torch.stack([torch.randn(latent_size(model), generator=generator) for _ in range(count)])


def class_weights(classes: Sequence[int]) -> Tensor:
    """(N, 10): 1 for the class of each row."""
    return nn.functional.one_hot(torch.tensor(classes), len(CLASSES)).float()


@torch.inference_mode()
def _generate(inputs: Tensor, network: nn.Module) -> NDArray[np.uint8]:
    device = next(network.parameters()).device
    pixels = network(inputs.to(device).to(next(network.parameters()).dtype)).float().cpu()[:, 0]
    grey: NDArray[np.uint8] = ((pixels + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return grey


def generate(inputs: Tensor, model: str = MODEL) -> NDArray[np.uint8]:
    """(N, 28, 28) pictures for (N, latent + 10): noise, then the weights of the classes."""
    batches = [get_runtime().run(partial(_generate, batch), model) for batch in torch.split(inputs, 100)]
    return np.concatenate(batches)


def grid(pictures: NDArray[np.uint8], scale: int = SCALE) -> Image.Image:
    """(N, 28, 28) pictures row by row in at most ten columns, white where none is."""
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    cell = SIDE + GAP
    sheet = np.full((rows * cell + GAP, columns * cell + GAP), 255, np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        top, left = row * cell + GAP, column * cell + GAP
        sheet[top : top + SIDE, left : left + SIDE] = picture
    return Image.fromarray(sheet).resize((sheet.shape[1] * scale, sheet.shape[0] * scale), Image.Resampling.NEAREST)


def generate_pictures(knobs: GeneratedKnobs | None = None) -> GeneratedPictures:
    """Pictures of clothes in a grid. Raises UnavailableError where the model cannot be used."""
    knobs = knobs or GeneratedKnobs()
    card = require_card(MODEL, "gan")
    get_runtime().load(MODEL)
    start = time.perf_counter()
    if knobs.clothing == ALL:
        classes = [number % len(CLASSES) for number in range(knobs.count)]
    else:
        classes = [CLASSES.index(knobs.clothing)] * knobs.count
    inputs = torch.cat((noise(knobs.count, knobs.seed, knobs.truncation), class_weights(classes)), 1)
    picture = grid(generate(inputs))
    milliseconds = 1000 * (time.perf_counter() - start)
    return GeneratedPictures(MODEL, card.restriction, tuple(CLASSES[each] for each in classes), milliseconds, picture)


def interpolate(knobs: InterpolationKnobs | None = None) -> Interpolation:
    """Pictures that change from one class and noise to another, side by side.

    The noise is interpolated along a great circle, so that its length stays what the generator was trained with
    (White 2016, arXiv:1609.04468); the weights of the classes along a line.
    """
    knobs = knobs or InterpolationKnobs()
    card = require_card(MODEL, "gan")
    get_runtime().load(MODEL)
    start = time.perf_counter()
    ends = noise(2 * knobs.count, knobs.seed, knobs.truncation)
    classes = [CLASSES.index(knobs.first), CLASSES.index(knobs.second)]
    weights = class_weights(classes)
    frames = []
    for fraction in torch.linspace(0, 1, knobs.frames).tolist():
        between = slerp(ends[: knobs.count], ends[knobs.count :], fraction)
        mixed = ((1 - fraction) * weights[0] + fraction * weights[1]).expand(knobs.count, -1)
        frames.append(grid(generate(torch.cat((between, mixed), 1))))
    milliseconds = 1000 * (time.perf_counter() - start)
    return Interpolation(MODEL, card.restriction, knobs.first, knobs.second, len(frames), milliseconds, tuple(frames))


def slerp(first: Tensor, second: Tensor, fraction: float) -> Tensor:
    """Between two (N, L) rows along great circles, at ``fraction`` of the way; lengths change along a line."""
    lengths = first.norm(dim=1, keepdim=True), second.norm(dim=1, keepdim=True)
    one, other = first / lengths[0], second / lengths[1]
    angle = (one * other).sum(1, keepdim=True).clamp(-1 + 1e-6, 1 - 1e-6).arccos()
    direction = (((1 - fraction) * angle).sin() * one + (fraction * angle).sin() * other) / angle.sin()
    between: Tensor = direction * ((1 - fraction) * lengths[0] + fraction * lengths[1])
    return between


def encode_gif(frames: Sequence[Image.Image]) -> bytes:
    """An animated GIF that runs forwards, then backwards, without end."""
    there, back = list(frames), list(frames[-2:0:-1])
    file = io.BytesIO()
    waits = [PAUSE, *[FRAME] * (len(there) - 2), PAUSE, *[FRAME] * len(back)]
    there[0].save(file, "gif", save_all=True, append_images=[*there[1:], *back], duration=waits, loop=0)
    return file.getvalue()
