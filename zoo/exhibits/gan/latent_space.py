"""The generator of clothes for a browser: as a file, with corners to interpolate between and directions to move in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from zoo.core.cards import require_card
from zoo.core.loading import load
from zoo.core.onnx.networks import network_file
from zoo.exhibits.gan.knobs import CLASSES, MODEL
from zoo.exhibits.gan.pictures import class_weights, noise
from zoo.nets.dcgan import DCGANGenerator

N_DIRECTIONS = 4


@dataclass(frozen=True)
class Latent:
    """``corners``: (4, latent + 10) inputs of the generator. ``directions``: (4, latent) of length 1."""

    corners: list[list[float]]
    directions: list[list[float]]


@cache
def _generator(model: str) -> DCGANGenerator:
    require_card(model, "gan")
    network = load(model)
    assert isinstance(network, DCGANGenerator)
    return network.eval().requires_grad_(False)


@cache
def browser_file(model: str = MODEL) -> bytes:
    """The ONNX file of one picture a call: (1, latent + 10) to (1, 1, 28, 28) in [-1, 1]."""
    network = _generator(model)
    return network_file(network, (1, network.latent + network.n_classes))


@cache
def directions(model: str = MODEL) -> Tensor:
    """(4, latent): of the noise, the directions that change the first layer's outputs most.

    They are the first right singular vectors of its weights (Shen and Zhou 2021, arXiv:2007.06600).
    """
    network = _generator(model)
    vectors: Tensor = torch.linalg.svd(network.project.weight[:, : network.latent], full_matrices=False).Vh[
        :N_DIRECTIONS
    ]
    return vectors


def latent(classes: Sequence[str], seed: int, truncation: float, model: str = MODEL) -> Latent:
    """Four corners, of these classes in the order of reading, with noise from ``seed``."""
    weights = class_weights([CLASSES.index(name) for name in classes])
    corners = torch.cat((noise(len(classes), seed, truncation, model), weights), 1)
    return Latent(corners.tolist(), directions(model).tolist())
