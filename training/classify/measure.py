"""Logits of a network on pictures, from which temperature, threshold and accuracy follow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from training.pictures import Photograph, Pictures
from training.publish import Predictions
from zoo.core.cards import WEIGHTS_FILE
from zoo.core.loading import NormalizedModel
from zoo.core.preprocessing import Preprocessing
from zoo.core.weights import read_tensors
from zoo.nets import build

BATCH = 64


@torch.inference_mode()
def predict(
    network: nn.Module, view: dict[str, Any], pictures: Sequence[Image.Image], wnids: Sequence[str], ids: list[str]
) -> Predictions:
    """The logits for pictures of classes ``wnids``. ``view``: of a config.json; ``ids``: the network's classes."""
    preprocessing = Preprocessing.from_config({"views": [view], "mean": [0, 0, 0], "std": [1, 1, 1]})
    logits = []
    for start in range(0, len(pictures), BATCH):
        pixels = np.stack([preprocessing.pixels(picture) for picture in pictures[start : start + BATCH]])
        logits.append(network(torch.from_numpy(pixels).to(memory_format=torch.channels_last)))
    return Predictions(torch.cat(logits), torch.tensor([ids.index(wnid) for wnid in wnids]))


def to_images(pictures: Pictures) -> list[Image.Image]:
    """A data set's pictures as PIL images."""
    pixels: NDArray[np.uint8] = pictures.images.permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(picture) for picture in pixels]


def shrink(photos: Sequence[Photograph], side: int) -> list[Image.Image]:
    """Photographs with ``side`` pixels on the short side."""
    small = []
    for _, photo in photos:
        scale = side / min(photo.size)
        size = (round(photo.width * scale), round(photo.height * scale))
        small.append(photo.resize(size, Image.Resampling.BICUBIC))
    return small


def load_bundled(folder: Path, config: dict[str, Any]) -> NormalizedModel:
    """The network as the zoo loads it, from a folder just written."""
    network = build(config["architecture"], read_tensors(folder / WEIGHTS_FILE))
    normalized = NormalizedModel(network, config["preprocessing"]["mean"], config["preprocessing"]["std"])
    return normalized.eval().to(memory_format=torch.channels_last)


def calibrate(view: dict[str, Any], predictions: Predictions) -> None:
    """Write the view's temperature and the threshold of confidence into its config."""
    view["temperature"] = round(predictions.temperature(), 3)
    view["unsure_below"] = predictions.threshold(view["temperature"])
