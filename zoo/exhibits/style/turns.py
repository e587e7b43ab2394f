"""The gradient of the style loss with respect to the pixels, stage by stage of the network.

A stage's forward pass starts from a leaf of its own. Its backward pass then needs the gradient of its output alone, and
others can use the device between two stages. The result is that of one backward pass through the whole network.
"""

import time
from collections.abc import Generator
from typing import TypeVar

import torch
from torch import Tensor

from zoo.core.loading import NormalizedModel
from zoo.exhibits.style.feature_extractor import (
    FeatureLayers,
    Losses,
    Target,
    crop_margin,
    losses_of,
    normalised,
    stages,
)
from zoo.exhibits.style.knobs import StyleKnobs

TURN = 0.05  # seconds after which the worker serves others
T = TypeVar("T")
# Of a stage: its input, its output, and the activations within that the losses need, by path.
Taped = tuple[Tensor, Tensor, dict[str, Tensor]]


def take_turn(parts: Generator[object, None, T], *models: object) -> T | None:
    """Compute parts until the turn is over: what they return at their end, else None.

    ``models``: they stay in memory for the turn.
    """
    started = time.perf_counter()
    try:
        while time.perf_counter() - started < TURN:
            next(parts)
    except StopIteration as stop:
        result: T = stop.value
        return result
    return None


def gradient_in_turns(
    module: NormalizedModel, layers: FeatureLayers, pixels: Tensor, target: Target, knobs: StyleKnobs
) -> Generator[None, None, tuple[Losses, Tensor]]:
    """The losses of (1, 3, H, W) pixels in [0, 1], and the gradient of the total. Yields after each stage."""
    taped: list[Taped] = []
    x = pixels
    for stage in (lambda x: (normalised(module, x), {}), *stages(module, layers)):
        start = _leaf(x)
        x, reached = stage(start)
        taped.append((start, x, reached))
        yield
    leaves = {path: _leaf(activation) for _, _, reached in taped for path, activation in reached.items()}
    variable, width = _leaf(pixels), taped[0][1].shape[3]
    features = {path: crop_margin(leaf, width) for path, leaf in leaves.items()}
    losses = losses_of(features, layers, variable, target, knobs)
    direct, *gradients = torch.autograd.grad(losses.total, [variable, *leaves.values()])
    yield
    by_path = dict(zip(leaves, gradients, strict=True))
    incoming: Tensor | None = None
    while taped:
        start, output, reached = taped.pop()
        outputs, given = list(reached.values()), [by_path[path] for path in reached]
        if incoming is not None:
            outputs, given = [*outputs, output], [*given, incoming]
        (incoming,) = torch.autograd.grad(outputs, start, given)
        yield
    assert incoming is not None
    return losses, incoming + direct


def _leaf(x: Tensor) -> Tensor:
    return x.detach().requires_grad_(True)
