"""Classify: calibrated odds, their average, the warning when unsure, and the heat map that says where it looked."""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from tests.steps import result_of
from zoo.classify import (
    ClassifyKnobs,
    Evaluation,
    HeatMap,
    Prediction,
    architecture,
    classify,
    evaluate,
    explain,
    explanations,
    overlay,
    predict,
    probabilities,
    seen,
)
from zoo.classify.explain import FRAME, grad_cam
from zoo.core import runtime
from zoo.core.cards import Card, exhibit_cards
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.preprocessing import Preprocessing, View
from zoo.core.runtime import get_runtime
from zoo.examples import EXAMPLES, example

CARDS = exhibit_cards("classify")
NAMES = [card.name for card in CARDS]
EVERY_CARD = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
CHELSEA = example("chelsea")
CATS = {"n02123045", "n02123159", "n02123394", "n02123597", "n02124075"}  # tabby, tiger, Persian, Siamese, Egyptian
# On both sides of every view's limit, upright, lying, and a strip.
SIZES = [(451, 300), (300, 451), (64, 64), (65, 65), (90, 60), (200, 20), (64, 200)]


def pictures() -> list[Image.Image]:
    return [CHELSEA.resize(size) for size in SIZES]


def preprocessing_of(card: Card) -> Preprocessing:
    return Preprocessing.from_config(card.config["preprocessing"])


def on_model(card: Card, function: Callable[[nn.Module], Any]) -> Any:
    return get_runtime().run(function, card.name)


@pytest.fixture
def silent_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model can be called."""

    def refuse() -> None:
        raise AssertionError("a model was called")

    for module in ("zoo.classify.explain", "zoo.classify.predict", "zoo.core.runtime"):
        monkeypatch.setattr(sys.modules[module], "get_runtime", refuse)


# Probabilities


@EVERY_CARD
def test_probabilities_are_the_models_logits_at_the_views_temperature(card: Card) -> None:
    for image in pictures():
        view = preprocessing_of(card).view(image)
        pixels = torch.from_numpy(preprocessing_of(card).pixels(image))[None]
        logits = on_model(card, lambda network, pixels=pixels: network(pixels))[0].double().numpy()
        odds = np.exp((logits - logits.max()) / view.temperature)
        (row,) = probabilities(card.name, [image])
        assert row == pytest.approx(odds / odds.sum(), rel=1e-4, abs=1e-7)
        assert row.sum() == pytest.approx(1, abs=1e-5)


@EVERY_CARD
def test_pictures_of_mixed_sizes_together_get_what_each_gets_alone(card: Card) -> None:
    images = pictures()
    together = probabilities(card.name, images)
    assert together.shape == (len(images), len(card.classes))
    assert together.dtype == np.float32
    for row, image in zip(together, images, strict=True):
        assert row == pytest.approx(probabilities(card.name, [image])[0], rel=1e-3, abs=1e-6)


@EVERY_CARD
def test_no_pictures_no_rows(card: Card) -> None:
    assert probabilities(card.name, []).shape == (0, len(card.classes))


# Answers


@EVERY_CARD
@pytest.mark.parametrize("top_k", [1, 5, 20])
def test_answer_lists_the_most_probable_classes(card: Card, top_k: int) -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=[card.name], top_k=top_k))
    (answer,) = result.answers
    (row,) = probabilities(card.name, [CHELSEA])
    best = sorted(range(len(row)), key=lambda index: -row[index])[:top_k]
    assert [p.id for p in answer.predictions] == [card.classes[index].id for index in best]
    assert [p.label for p in answer.predictions] == [card.classes[index].label for index in best]
    assert [p.probability for p in answer.predictions] == pytest.approx([row[index] for index in best], rel=1e-3)
    assert (answer.model, answer.restriction, answer.num_classes) == (card.name, card.restriction, len(card.classes))
    assert answer.milliseconds > 0
    assert result.ensemble is None


def test_average_is_the_mean_over_all_classes_that_any_model_knows() -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=NAMES, top_k=20))
    ensemble = result.ensemble
    assert [answer.model for answer in result.answers] == NAMES
    assert ensemble is not None
    union: dict[tuple[str, str], float] = {}
    for card in CARDS:
        for known, value in zip(card.classes, probabilities(card.name, [CHELSEA])[0], strict=True):
            union[known.id, known.label] = union.get((known.id, known.label), 0) + float(value) / len(CARDS)
    best = sorted(union.items(), key=lambda item: -item[1])[:20]
    assert ensemble.num_classes == len(union)
    assert [(p.id, p.label) for p in ensemble.predictions] == [key for key, _ in best]
    assert [p.probability for p in ensemble.predictions] == pytest.approx([value for _, value in best], rel=1e-3)
    assert all(card.restriction in ensemble.restriction for card in CARDS)


def test_a_model_named_twice_is_asked_once() -> None:
    result = classify(CHELSEA, ClassifyKnobs(model=[NAMES[0], NAMES[0]]))
    assert len(result.answers) == 1
    assert result.ensemble is None


@EVERY_CARD
@pytest.mark.parametrize(("threshold", "unsure"), [(0.0, False), (1.0, True)])
def test_answer_is_unsure_below_the_threshold(
    card: Card, threshold: float, unsure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    preprocessing = preprocessing_of(card)
    views = tuple(dataclasses.replace(view, unsure_below=threshold) for view in preprocessing.views)
    changed = dataclasses.replace(preprocessing, views=views)
    monkeypatch.setattr(predict.Preprocessing, "from_config", lambda config: changed)
    (answer,) = classify(CHELSEA.resize((40, 40)), ClassifyKnobs(model=[card.name])).answers
    assert answer.predictions[0].probability < 1
    assert answer.unsure == unsure


def test_threshold_of_an_average_is_the_mean_of_the_thresholds() -> None:
    for image in pictures():
        result = classify(image, ClassifyKnobs(model=NAMES))
        threshold = np.mean([preprocessing_of(card).view(image).unsure_below for card in CARDS])
        assert result.ensemble is not None
        assert result.ensemble.unsure == (result.ensemble.predictions[0].probability < threshold)


def test_large_photographs_are_recognised() -> None:
    cat, coffee = (classify(example(name)).answers[0].predictions[0] for name in ("chelsea", "coffee"))
    assert cat.id in CATS
    assert coffee == Prediction("n07920052", "espresso", coffee.probability)


def test_unknown_model_is_told() -> None:
    with pytest.raises(NotFoundError, match="no-such-model"):
        classify(CHELSEA, ClassifyKnobs(model=["no-such-model"]))


def test_model_of_another_exhibit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(CARDS[0], name="painter", exhibit="style")
    monkeypatch.setattr(predict, "find_card", lambda name: other)
    with pytest.raises(InputError, match="painter is a model of style"):
        classify(CHELSEA, ClassifyKnobs(model=["painter"]))


@EVERY_CARD
def test_architecture_prints_the_whole_network(card: Card) -> None:
    printed = architecture(card.name)
    leaves = on_model(card, lambda net: [type(m).__name__ for m in net.modules() if not list(m.children())])
    assert all(printed.count(f"{kind}(") >= 1 for kind in set(leaves))


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


# Accuracy


def test_accuracy_is_over_all_classes_on_the_pictures_whose_class_is_known(tmp_path: Any) -> None:
    names = [sample.name for sample in EXAMPLES[:3]]
    best = [probabilities(NAMES[0], [example(name)])[0].argsort()[::-1] for name in names]
    classes = [known.id for known in CARDS[0].classes]
    # The first is right at once, the second in the third place, the third far behind; the last is unknown.
    truths = [classes[best[0][0]], classes[best[1][2]], classes[best[2][50]], "n99999999"]
    for index, (truth, name) in enumerate(zip(truths, [*names, names[0]], strict=True)):
        example(name).save(tmp_path / f"{truth}_{index}.png")
    assert evaluate(tmp_path, NAMES[0]) == Evaluation(NAMES[0], top1=1 / 3, top5=2 / 3, n=3)


def test_data_of_which_a_model_knows_nothing_is_told(tmp_path: Any) -> None:
    CHELSEA.save(tmp_path / "n99999999_1.png")
    with pytest.raises(NoKnownClassError, match=NAMES[0]):
        evaluate(tmp_path, NAMES[0])


def test_the_runtime_is_the_one_that_all_doors_share() -> None:
    classify(CHELSEA)
    assert get_runtime() is runtime.get_runtime()
    assert NAMES[0] in get_runtime().figures().models


def test_five_explanations_of_what_the_model_sees() -> None:
    found = result_of(explanations(CHELSEA, "resnet-18", "n02123045"))
    assert len({each.method for each in found}) == 5
    for each in found:
        (importance,) = each.maps
        assert importance.shape == (64, 64)
        assert importance.max() > 0
    assert seen(CHELSEA, "resnet-18").size == (64, 64)
    with pytest.raises(InputError, match="knows no class"):
        explanations(CHELSEA, "resnet-18", "unicorn")
