"""How far the pictures of a generator are from photographed ones, by the features of a small classifier."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from zoo.core.cards import require_card
from zoo.core.errors import InputError
from zoo.core.evaluation import ProgressCallback, labelled_pictures
from zoo.core.runtime import get_runtime
from zoo.exhibits.gan.frechet import Statistics, frechet_distance
from zoo.exhibits.gan.knobs import CLASSES
from zoo.exhibits.gan.pictures import SIDE, class_weights, generate, noise

N_GENERATED, BATCH, LEAST = 10_000, 500, 200


@dataclass(frozen=True)
class Evaluation:
    """``feature_distance``: between ``n`` pictures and as many as 10,000 generated ones; 0 for equal sets."""

    model: str
    feature_distance: float
    n: int


def evaluate(path: Path, model: str, watch: ProgressCallback | None = None) -> Evaluation:
    """The Fréchet distance of generated pictures from those of a folder, an archive or a parquet file.

    Pictures are taken in grey and at 28 x 28 pixels. Fewer than 10,000 give a larger distance. Raises InputError for
    fewer than 200: their covariance says too little.
    """
    card = require_card(model, "gan")
    samples = labelled_pictures(path)
    if samples.total < LEAST:
        raise InputError(f"There are {samples.total} pictures at {path}: give at least {LEAST}, better 10,000.")
    grey = []
    for sample in samples.samples:
        grey.append(as_grey(sample.image))
        if watch and len(grey) % BATCH == 0:
            watch(len(grey), samples.total)
    classes = torch.arange(N_GENERATED) % len(CLASSES)
    inputs = torch.cat((noise(N_GENERATED, 1, 1.0, model), class_weights(classes.tolist())), 1)
    real, made = (features(each, card.config["features"]) for each in (np.stack(grey), generate(inputs, model)))
    return Evaluation(model, frechet_distance(Statistics.of(made), Statistics.of(real)), len(grey))


def as_grey(image: Image.Image) -> NDArray[np.uint8]:
    """(28, 28)."""
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def features(pictures: NDArray[np.uint8], network: str) -> NDArray[np.float64]:
    """(N, F) for (N, 28, 28) grey pictures, by the network of that name."""
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    return np.concatenate([get_runtime().run(partial(_features, batch), network) for batch in batches])


@torch.inference_mode()
def _features(pictures: NDArray[np.uint8], network: nn.Module) -> NDArray[np.float64]:
    weight = next(network.parameters())
    pixels = torch.from_numpy(pictures)[:, None].to(weight.device, weight.dtype) / 127.5 - 1
    computed: NDArray[np.float64] = network.features(pixels).double().cpu().numpy()  # type: ignore[operator]
    return computed
