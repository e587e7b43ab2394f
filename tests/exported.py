"""User models of random weights to export, and pictures to try them on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from zoo.core import user_models
from zoo.core.cards import Card
from zoo.exhibits.train.backbones import stored
from zoo.nets import network_of

CLASSES = ("cat", "dog", "</script><b>fox</b>")
VIEW = {"resize": 256, "crop": 224, "interpolation": "bilinear", "temperature": 0.6, "unsure_below": 0.9}
FRONT = {
    "license": "other",
    "license_name": "Apache-2.0",
    "restriction": "research use",
    "training_data": [{"name": "noise", "licence": "none"}],
    "citation": "",
    "weights": "fine-tuned here",
}


def save_model(
    architecture: Mapping[str, Any],
    views: Sequence[Mapping[str, Any]] = (VIEW,),
    classes: Sequence[str] = CLASSES,
    owner: str = user_models.LOCAL_OWNER,
) -> Card:
    """A user model whose weights are random, and stored as those of a training are."""
    torch.manual_seed(0)
    network = network_of(architecture)
    _make_sensitive(network)
    config = {
        "exhibit": "classify",
        "title": "Cats & dogs",
        "architecture": dict(architecture),
        "preprocessing": {"views": [dict(view) for view in views], "mean": [0.5, 0.4, 0.5], "std": [0.5, 0.25, 0.5]},
        "classes": [{"id": "", "label": label} for label in classes],
    }
    tensors = {name: stored(tensor) for name, tensor in network.state_dict().items()}
    return user_models.save(config, tensors, FRONT, "# Cats & dogs\n\nOf noise.", owner)


def _make_sensitive(network: nn.Module) -> None:
    """Let random weights answer differently to different pictures: normalize each layer's output, enlarge the last."""
    layers = list(network.modules())
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the average of all batches
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.03)
    pixels = [np.asarray(picture(64, 64, seed), np.float32) for seed in range(8)]
    with torch.no_grad():
        network.train()(torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2) / 127.5 - 1)
    network.eval()


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth colours with noise: neither of one colour nor without structure."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (2 + height // 40, 2 + width // 40, 3), np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noisy = np.asarray(smooth, np.int16) + generator.integers(-12, 13, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
