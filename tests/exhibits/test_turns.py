"""The gradient by stages is that of one backward pass."""

import pytest
import torch

from zoo.core.loading import load
from zoo.exhibits.style.feature_extractor import LAYERS, compute_losses, compute_target
from zoo.exhibits.style.knobs import StyleKnobs
from zoo.exhibits.style.turns import gradient_in_turns


@pytest.mark.parametrize("network", ["perceptual-resnet", "mobilenet-v2"])
def test_stages_give_the_gradient_and_the_losses_of_the_whole(network: str) -> None:
    module, layers, knobs = load(network), LAYERS[network], StyleKnobs(tv_weight=3.0, fine_weight=2.0)
    generator = torch.Generator().manual_seed(0)
    content, style = torch.rand(1, 3, 96, 128, generator=generator), torch.rand(1, 3, 80, 80, generator=generator)
    pixels = torch.rand(1, 3, 96, 128, generator=generator).requires_grad_(True)
    target = compute_target(module, layers, content, [(style, 1.0)])
    whole = compute_losses(module, layers, pixels, target, knobs)
    (wanted,) = torch.autograd.grad(whole.total, pixels)
    turns, steps = 0, gradient_in_turns(module, layers, pixels, target, knobs)
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            losses, gradient = stop.value
            break
        turns += 1
    assert turns > 2 * len(layers.paths)
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-7 + 1e-5 * float(wanted.abs().max()))
    torch.testing.assert_close(losses.total, whole.total)
