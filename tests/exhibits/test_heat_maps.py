"""Heat maps: what they show is Grad-CAM, and blending them asks no model."""

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from tests.classifiers import CHELSEA, EVERY_CARD, NAMES, on_model, preprocessing_of
from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.preprocessing import View
from zoo.exhibits.classify import (
    HeatMap,
    explain,
    overlay,
)
from zoo.exhibits.classify.explanation import FRAME, grad_cam


@pytest.fixture
def silent_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model can be called."""

    def refuse() -> None:
        raise AssertionError("a model was called")

    for module in ("zoo.exhibits.classify.explanation", "zoo.exhibits.classify.predict", "zoo.core.runtime"):
        monkeypatch.setattr(sys.modules[module], "get_runtime", refuse)


# Heat maps


def last_feature_layer(card: Card, network: nn.Module, view: View) -> nn.Module:
    """The layer that Grad-CAM's paper names: the last convolutional one, before the average over places."""
    layers = {
        "resnet-18": lambda net: net.layer4,
        "two-scale-mobilenet-v2": lambda net: (net.small if view.crop < net.split else net.large).features,
    }
    return layers[card.config["architecture"]["kind"]](network.network)


@EVERY_CARD
@pytest.mark.parametrize("size", [(451, 300), (60, 60)], ids=str)
def test_heat_map_is_captums(card: Card, size: tuple[int, int]) -> None:
    image = CHELSEA.resize(size)
    view = preprocessing_of(card).view(image)
    pixels = torch.from_numpy(preprocessing_of(card).pixels(image))[None]

    def reference(network: nn.Module, target: int) -> NDArray[np.float32]:
        captum = LayerGradCam(network, last_feature_layer(card, network, view))
        attribution = captum.attribute(pixels.clone().requires_grad_(), target=target, relu_attributions=True)
        return (attribution / attribution.max().clamp(min=1e-12))[0, 0].detach().numpy()

    highest = []
    for target, known in enumerate(card.classes[:8]):
        heat_map = explain(image, card.name, known.id)
        assert heat_map.heat == pytest.approx(on_model(card, partial(reference, target=target)), rel=1e-3, abs=1e-4)
        assert heat_map.heat.min() >= 0
        assert heat_map.box == view.box(image.size)
        assert (heat_map.model, heat_map.label) == (card.name, known.label)
        highest.append(heat_map.heat.max())
    assert max(highest) == pytest.approx(1)  # a class that nothing speaks for is 0 everywhere


@EVERY_CARD
def test_heat_map_depends_on_the_class(card: Card) -> None:
    one, *others = (explain(CHELSEA, card.name, known.id).heat for known in card.classes[:8])
    assert max(np.abs(one - other).max() for other in others) > 0.01


@EVERY_CARD
def test_explaining_leaves_no_trace_in_the_shared_model(card: Card) -> None:
    def state(network: nn.Module) -> tuple[Any, ...]:
        hooks = sum(len(m._forward_hooks) + len(m._backward_hooks) for m in network.modules())
        gradients = [p for p in network.parameters() if p.grad is not None or p.requires_grad]
        numbers = [tensor.clone() for tensor in network.state_dict().values()]
        return hooks, gradients, network.training, numbers

    *before, numbers = on_model(card, state)
    explain(CHELSEA, card.name, card.classes[0].id)
    *after, same_numbers = on_model(card, state)
    assert before == after == [0, [], False]
    assert all(torch.equal(one, other) for one, other in zip(numbers, same_numbers, strict=True))


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.conv(x)
        raise RuntimeError("out of memory")


def test_hooks_go_even_when_the_model_fails() -> None:
    network = Failing()
    with pytest.raises(RuntimeError, match="out of memory"):
        grad_cam(network, torch.zeros(1, 3, 8, 8), 0)
    assert not any(module._forward_hooks for module in network.modules())


class Tokens(nn.Module):
    """Like a vision transformer: a patch embedding, then tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.norm = nn.LayerNorm(8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.patches(x).flatten(2).transpose(1, 2)).mean(1)


@pytest.mark.parametrize("network", [Tokens(), nn.Sequential(nn.Flatten(), nn.Linear(192, 2))], ids=["tokens", "flat"])
def test_a_model_without_a_feature_map_is_told(network: nn.Module) -> None:
    with pytest.raises(InputError, match="no convolutional feature map"):
        grad_cam(network, torch.zeros(1, 3, 8, 8), 0)


def test_class_that_the_model_does_not_know_is_told() -> None:
    with pytest.raises(InputError, match="knows no class 'n99999999'"):
        explain(CHELSEA, NAMES[0], "n99999999")


# Overlays


def heat_map_of(image: Image.Image) -> HeatMap:
    heat = np.linspace(0, 1, 49, dtype=np.float32).reshape(7, 7)
    return HeatMap("model", "id", "label", heat, View(256, 224).box(image.size))


@pytest.mark.usefixtures("silent_runtime")
def test_opacity_0_changes_nothing_but_the_frame() -> None:
    blended = np.asarray(overlay(CHELSEA, heat_map_of(CHELSEA), 0))
    changed = (blended != np.asarray(CHELSEA)).any(-1)
    left, top, right, bottom = (round(edge) for edge in heat_map_of(CHELSEA).box)
    inside = np.zeros_like(changed)
    inside[top:bottom, left:right] = True
    inside[top + 1 : bottom - 1, left + 1 : right - 1] = False
    assert (blended[inside] == FRAME).all()
    assert not changed[~inside].any()


@pytest.mark.usefixtures("silent_runtime")
def test_opacity_moves_the_picture_towards_the_heat_and_calls_no_model() -> None:
    steps = [np.asarray(overlay(CHELSEA, heat_map_of(CHELSEA), opacity), int) for opacity in (0, 0.25, 0.5, 1)]
    distances = [np.abs(step - steps[0]).sum() for step in steps]
    assert distances == sorted(set(distances))
    middle = steps[3].shape[0] // 2
    left, right = int(heat_map_of(CHELSEA).box[0]) + 20, int(heat_map_of(CHELSEA).box[2]) - 20
    assert np.abs(steps[3] - steps[0])[middle, right].sum() > 0
    first_row, last_row = (np.abs(steps[3] - steps[0])[row, left:right].mean() for row in (60, -60))
    assert first_row < last_row  # the heat grows downwards


@pytest.mark.usefixtures("silent_runtime")
@pytest.mark.parametrize(
    ("size", "wanted"),
    [((451, 300), (451, 300)), ((1280, 640), (640, 320)), ((10, 5000), (1, 640)), ((1, 1), (1, 1)), ((3, 2), (3, 2))],
    ids=str,
)
def test_overlay_is_at_most_640_pixels_long(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    assert overlay(image, heat_map_of(image), 0.5).size == wanted
