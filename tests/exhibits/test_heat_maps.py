"""Heat maps: they equal captum's Grad-CAM, and blending them runs no model."""

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
from zoo.core.cards import Card, exhibit_cards
from zoo.core.errors import InputError
from zoo.core.gradcam import grad_cam
from zoo.core.preprocessing import View
from zoo.exhibits.classify import ClassifyKnobs, HeatMap, HeatMapKnobs, classify, heat_map, overlay
from zoo.exhibits.classify.heat_maps import BORDER


@pytest.fixture
def no_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model can run."""

    def refuse() -> None:
        raise AssertionError("a model ran")

    for module in ("zoo.exhibits.classify.heat_maps", "zoo.exhibits.classify.predict", "zoo.core.runtime"):
        monkeypatch.setattr(sys.modules[module], "get_runtime", refuse)


def explained(image: Image.Image, model: str, target: str) -> HeatMap:
    return heat_map(image, HeatMapKnobs(model=model, target=target))


# Heat maps


def last_feature_layer(card: Card, network: nn.Module, view: View) -> nn.Module:
    """The layer that Grad-CAM's paper names: the last convolutional one, before global average pooling."""
    layers = {
        "resnet-18": lambda net: net.layer4,
        "two-scale-mobilenet-v2": lambda net: (net.small if view.crop < net.large_from else net.large).features,
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

    maxima = []
    for target, name in enumerate(card.classes[:8]):
        result = explained(image, card.name, name.id)
        assert result.heat == pytest.approx(on_model(card, partial(reference, target=target)), rel=1e-3, abs=1e-4)
        assert result.heat.min() >= 0
        assert result.box == view.box(image.size)
        assert (result.model, result.restriction) == (card.name, card.restriction)
        assert (result.id, result.label) == (name.id, name.label)
        maxima.append(result.heat.max())
    assert max(maxima) == pytest.approx(1)  # a class without evidence is 0 everywhere


@EVERY_CARD
def test_heat_map_depends_on_the_class(card: Card) -> None:
    one, *others = (explained(CHELSEA, card.name, name.id).heat for name in card.classes[:8])
    assert max(np.abs(one - other).max() for other in others) > 0.01


@EVERY_CARD
def test_a_heat_map_leaves_the_shared_model_unchanged(card: Card) -> None:
    def state(network: nn.Module) -> tuple[Any, ...]:
        hooks = sum(len(m._forward_hooks) + len(m._backward_hooks) for m in network.modules())
        gradients = [p for p in network.parameters() if p.grad is not None or p.requires_grad]
        tensors = [tensor.clone() for tensor in network.state_dict().values()]
        return hooks, gradients, network.training, tensors

    *before, tensors = on_model(card, state)
    explained(CHELSEA, card.name, card.classes[0].id)
    *after, same_tensors = on_model(card, state)
    assert before == after == [0, [], False]
    assert all(torch.equal(one, other) for one, other in zip(tensors, same_tensors, strict=True))


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.conv(x)
        raise RuntimeError("out of memory")


def test_hooks_are_removed_when_the_model_fails() -> None:
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
def test_a_model_without_a_feature_map_raises(network: nn.Module) -> None:
    with pytest.raises(InputError, match="no convolutional feature map"):
        grad_cam(network, torch.zeros(1, 3, 8, 8), 0)


def test_a_class_that_the_model_does_not_have_raises() -> None:
    with pytest.raises(InputError, match="n99999999"):
        explained(CHELSEA, NAMES[0], "n99999999")


@EVERY_CARD
def test_without_a_class_it_is_of_the_most_probable_one(card: Card) -> None:
    best = classify(CHELSEA, ClassifyKnobs(model=[card.name], top_k=1)).answers[0].predictions[0]
    result = heat_map(CHELSEA, HeatMapKnobs(model=card.name))
    assert (result.id, result.label) == (best.id, best.label)


def test_a_class_may_be_given_by_its_label() -> None:
    name = exhibit_cards("classify")[0].classes[3]
    assert explained(CHELSEA, NAMES[0], name.label.upper()).id == name.id


def test_picture_is_the_input_under_its_heat_map() -> None:
    result = heat_map(CHELSEA, HeatMapKnobs(model=NAMES[0], opacity=80))
    assert np.array_equal(result.picture, overlay(CHELSEA, result.heat, result.box, 0.8))


# Overlays


HEAT = np.linspace(0, 1, 49, dtype=np.float32).reshape(7, 7)


def box_of(image: Image.Image) -> tuple[float, float, float, float]:
    return View(256, 224).box(image.size)


def blend(image: Image.Image, opacity: float) -> Image.Image:
    return overlay(image, HEAT, box_of(image), opacity)


@pytest.mark.usefixtures("no_runtime")
def test_opacity_0_changes_nothing_but_the_border() -> None:
    blended = np.asarray(blend(CHELSEA, 0))
    changed = (blended != np.asarray(CHELSEA)).any(-1)
    left, top, right, bottom = (round(edge) for edge in box_of(CHELSEA))
    inside = np.zeros_like(changed)
    inside[top:bottom, left:right] = True
    inside[top + 1 : bottom - 1, left + 1 : right - 1] = False
    assert (blended[inside] == BORDER).all()
    assert not changed[~inside].any()


@pytest.mark.usefixtures("no_runtime")
def test_opacity_moves_the_picture_towards_the_heat_map_and_runs_no_model() -> None:
    steps = [np.asarray(blend(CHELSEA, opacity), int) for opacity in (0, 0.25, 0.5, 1)]
    distances = [np.abs(step - steps[0]).sum() for step in steps]
    assert distances == sorted(set(distances))
    middle = steps[3].shape[0] // 2
    left, right = int(box_of(CHELSEA)[0]) + 20, int(box_of(CHELSEA)[2]) - 20
    assert np.abs(steps[3] - steps[0])[middle, right].sum() > 0
    first_row, last_row = (np.abs(steps[3] - steps[0])[row, left:right].mean() for row in (60, -60))
    assert first_row < last_row  # the heat grows downwards


@pytest.mark.usefixtures("no_runtime")
@pytest.mark.parametrize(
    ("size", "expected"),
    [((451, 300), (451, 300)), ((1280, 640), (640, 320)), ((10, 5000), (1, 640)), ((1, 1), (1, 1)), ((3, 2), (3, 2))],
    ids=str,
)
def test_overlay_is_at_most_640_pixels_long(size: tuple[int, int], expected: tuple[int, int]) -> None:
    image = Image.new("RGB", size)
    assert blend(image, 0.5).size == expected
