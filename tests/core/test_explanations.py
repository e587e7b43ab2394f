"""Explanations against captum's, on a network small enough to see through."""

from collections.abc import Iterator

import pytest
import torch
from captum.attr import IntegratedGradients, Occlusion, Saliency
from torch import Tensor, nn

from tests.steps import walked
from zoo.core import explanations
from zoo.core.explanations import PATCHES, PATH, explain, normalised
from zoo.core.runtime import Runtime, set_runtime

SIDE = 110  # occlusion's patches are then 20 pixels wide and 10 apart, as captum wants them


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 6, 5, 2), nn.Tanh(), nn.AdaptiveAvgPool2d(6), nn.Flatten(), nn.Linear(216, 4))


@pytest.fixture
def model(network: nn.Module) -> Iterator[str]:
    with Runtime(lambda name: network) as runtime:
        set_runtime(runtime)
        yield "small"
        set_runtime(None)


@pytest.fixture
def pixels() -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def last(maps: Iterator[Tensor]) -> Tensor:
    (*_, found) = maps
    return found


def test_saliency_equals_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    theirs = Saliency(network).attribute(pixels.clone().requires_grad_(), target=2)
    torch.testing.assert_close(last(explanations.saliency(model, pixels, 2)), theirs)


def test_integrated_gradients_equal_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    theirs = IntegratedGradients(network).attribute(pixels, target=1, n_steps=PATH, method="riemann_middle")
    ours = last(explanations.integrated_gradients(model, pixels, 1))
    torch.testing.assert_close(ours, theirs.float().abs(), atol=1e-7, rtol=1e-4)


def test_occlusion_equals_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    side, stride = 20, 10
    theirs = Occlusion(network).attribute(
        pixels, sliding_window_shapes=(3, side, side), strides=(3, stride, stride), baselines=0.5, target=0
    )
    ours = last(explanations.occlusion(model, pixels, 0))
    assert (SIDE - side) / stride + 1 == PATCHES
    torch.testing.assert_close(ours, theirs[:, :1].float().relu(), atol=1e-6, rtol=1e-4)


def test_smoothing_without_noise_is_the_gradient(model: str, pixels: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "NOISE", 0.0)
    plain = last(explanations.saliency(model, pixels, 3))
    torch.testing.assert_close(last(explanations.smooth_grad(model, pixels, 3)), plain)


def test_network_without_a_feature_map_has_an_empty_class_activation(pixels: Tensor) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 4))
    with Runtime(lambda name: flat) as runtime:
        set_runtime(runtime)
        try:
            assert last(explanations.class_activation("flat", pixels, 0)).abs().sum() == 0
        finally:
            set_runtime(None)


def test_maps_lie_between_nothing_and_all(model: str, pixels: Tensor) -> None:
    records, found = walked(explain(model, [(pixels, 0), (pixels, 1)]))
    total = 2 * explanations.STEPS
    assert [(record.step, record.total) for record in records] == [(step, total) for step in range(1, total + 1)]
    assert [each.method for each in found] == list(explanations.METHODS)
    assert normalised(torch.zeros(1, 3, 4, 4)).max() == 0
    for each in found:
        assert all(0 <= part.min() <= part.max() <= 1 for part in each.maps)
