"""The gradient by stages is that of one backward pass, and the target by stages that of whole passes."""

import pytest
import torch

from zoo.core.loading import load
from zoo.exhibits.style.feature_extractor import (
    LAYERS,
    activations,
    compute_losses,
    compute_target,
    gram_matrix,
    target_in_turns,
)
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


def test_the_target_by_stages_is_that_of_the_whole() -> None:
    module, layers = load("mobilenet-v2"), LAYERS["mobilenet-v2"]
    content, style = torch.rand(1, 3, 96, 128), torch.rand(1, 3, 80, 80)
    assert len(list(target_in_turns(module, layers, content, [(style, 1.0)]))) > 2 * len(layers.paths)
    target = compute_target(module, layers, content, [(style, 1.0), (content, 3.0)])
    with torch.no_grad():
        whole = activations(module, layers, content)
        path, other = layers.style[0], activations(module, layers, style)
        torch.testing.assert_close(target.content, whole[layers.content])
        expected = (gram_matrix(other[path]) + 3 * gram_matrix(whole[path])) / 4
    torch.testing.assert_close(target.grams[path], expected)
    assert not target.grams[path].requires_grad
