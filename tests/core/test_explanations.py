"""Explanations equal captum's, on a small network."""

from collections.abc import Iterator

import pytest
import torch
from captum.attr import IntegratedGradients, Occlusion, Saliency
from torch import Tensor, nn

from tests.steps import walked
from zoo.core import explanations
from zoo.core.explanations import IG_STEPS, OCCLUSION_GRID, explain, normalize_importance
from zoo.core.runtime import Runtime, set_runtime

SIDE = 110  # occlusion's patches are then 20 pixels wide and 10 apart, which captum can compute as well


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
    (*_, importance) = maps
    return importance


def test_saliency_equals_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    expected = Saliency(network).attribute(pixels.clone().requires_grad_(), target=2)
    torch.testing.assert_close(last(explanations.saliency(model, pixels, 2)), expected)


def test_integrated_gradients_equal_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    expected = IntegratedGradients(network).attribute(pixels, target=1, n_steps=IG_STEPS, method="riemann_middle")
    importance = last(explanations.integrated_gradients(model, pixels, 1))
    torch.testing.assert_close(importance, expected.float().abs(), atol=1e-7, rtol=1e-4)


def test_occlusion_equals_captums(model: str, network: nn.Module, pixels: Tensor) -> None:
    side, stride = 20, 10
    expected = Occlusion(network).attribute(
        pixels, sliding_window_shapes=(3, side, side), strides=(3, stride, stride), baselines=0.5, target=0
    )
    importance = last(explanations.occlusion(model, pixels, 0))
    assert (SIDE - side) / stride + 1 == OCCLUSION_GRID
    torch.testing.assert_close(importance, expected[:, :1].float().relu(), atol=1e-6, rtol=1e-4)


def test_smooth_grad_without_noise_is_the_gradient(model: str, pixels: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "SMOOTHGRAD_STD", 0.0)
    gradient = last(explanations.saliency(model, pixels, 3))
    torch.testing.assert_close(last(explanations.smooth_grad(model, pixels, 3)), gradient)


def test_network_without_a_feature_map_has_zeros_as_class_activation(pixels: Tensor) -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 4))
    with Runtime(lambda name: flat) as runtime:
        set_runtime(runtime)
        try:
            assert last(explanations.class_activation("flat", pixels, 0)).abs().sum() == 0
        finally:
            set_runtime(None)


def test_maps_lie_in_0_to_1(model: str, pixels: Tensor) -> None:
    records, result = walked(explain(model, [(pixels, 0), (pixels, 1)]))
    total = 2 * explanations.STEPS_PER_PICTURE
    assert [(record.step, record.total) for record in records] == [(step, total) for step in range(1, total + 1)]
    assert [explanation.method for explanation in result] == list(explanations.METHODS)
    assert normalize_importance(torch.zeros(1, 3, 4, 4)).max() == 0
    for explanation in result:
        assert all(0 <= importance.min() <= importance.max() <= 1 for importance in explanation.maps)
