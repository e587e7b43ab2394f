"""The networks compute what the reference implementations compute, with the same parameter names."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models

from zoo.nets import build
from zoo.nets.mobilenet import MobileNetV2, PaddedConv2d
from zoo.nets.resnet import ResNet18
from zoo.nets.resnet9 import ResNet9, SnapshotEnsemble
from zoo.nets.twoscale import TwoScaleMobileNetV2, dense_layers

CLASSES = 7


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def with_statistics(network: nn.Module) -> nn.Module:
    """As after training: with the initial statistics and shifts of its normalization, half of it would be untested."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
    return network.eval()


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5)


# Against torchvision


@pytest.mark.parametrize(
    ("build_ours", "build_reference"),
    [(MobileNetV2, models.mobilenet_v2), (ResNet18, models.resnet18)],
    ids=["mobilenet", "resnet"],
)
@pytest.mark.parametrize("size", [(64, 64), (75, 48)], ids=str)
def test_logits_are_torchvisions(
    build_ours: Callable[..., nn.Module], build_reference: Callable[..., nn.Module], size: tuple[int, int]
) -> None:
    reference = with_statistics(build_reference(num_classes=CLASSES))
    network = build_ours(num_classes=CLASSES).eval()
    assert list(network.state_dict()) == list(reference.state_dict())
    network.load_state_dict(reference.state_dict())
    pixels = torch.randn(2, 3, *size)
    with torch.no_grad():
        assert close(network(pixels), reference(pixels))


def test_upscaling_inside_the_resnet_equals_upscaled_input() -> None:
    network = with_statistics(ResNet18(num_classes=CLASSES, upscale=2))
    plain = ResNet18(num_classes=CLASSES).eval()
    plain.load_state_dict(network.state_dict())
    pixels = torch.randn(2, 3, 40, 32)
    with torch.no_grad():
        assert close(network(pixels), plain(F.interpolate(pixels, scale_factor=2, mode="bilinear")))
        assert not close(network(pixels), plain(pixels))


# MobileNetV2 with TensorFlow's padding


def pad_same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """TensorFlow's ``SAME``: the missing pixels, half of them before and half after; an odd one after."""
    padding = []
    for length in (x.shape[-1], x.shape[-2]):
        missing = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        padding += [missing // 2, missing - missing // 2]
    return F.pad(x, padding)


@pytest.mark.parametrize("stride", [1, 2])
def test_asymmetric_padding_of_even_sizes_is_tensorflows_same(stride: int) -> None:
    conv = PaddedConv2d(4, 4, 3, stride, groups=4, asymmetric_padding=True)
    x = torch.randn(1, 4, 10, 6)
    expected = F.conv2d(pad_same(x, 3, stride), conv.weight, stride=stride, groups=4)
    assert close(conv(x), expected)


def test_padding_changes_no_parameter_and_no_size() -> None:
    symmetric, asymmetric = (
        with_statistics(MobileNetV2(num_classes=CLASSES, asymmetric_padding=flag)) for flag in (False, True)
    )
    asymmetric.load_state_dict(symmetric.state_dict())
    pixels = torch.randn(1, 3, 64, 64)
    assert asymmetric.features(pixels).shape == symmetric.features(pixels).shape == (1, 1280, 2, 2)
    assert not close(asymmetric(pixels), symmetric(pixels))


# Two branches in one network


@pytest.fixture(scope="module")
def two_scale() -> TwoScaleMobileNetV2:
    torch.manual_seed(1)
    network = TwoScaleMobileNetV2(num_classes=CLASSES, large_from=64, small_weight=0.25)
    with_statistics(network.large)
    with_statistics(network.small)
    return network.eval()


def test_large_inputs_go_through_the_large_branch_alone(two_scale: TwoScaleMobileNetV2) -> None:
    pixels = torch.randn(2, 3, 64, 64)
    before = two_scale(pixels)
    assert torch.equal(before, two_scale.large(pixels))
    without_small = copy.deepcopy(two_scale)
    for parameter in without_small.small.parameters():
        nn.init.constant_(parameter, float("nan"))
    assert torch.equal(without_small(pixels), before)


@pytest.mark.parametrize("small_weight", [0.0, 0.25, 1.0])
def test_small_inputs_go_through_both_branches(two_scale: TwoScaleMobileNetV2, small_weight: float) -> None:
    network = copy.copy(two_scale)
    network.small_weight = small_weight
    pixels = torch.randn(2, 3, 32, 32)
    large, small = (branch(pixels).log_softmax(1) for branch in (two_scale.large, two_scale.small))
    assert not close(large, small)
    assert close(network(pixels).softmax(1), ((1 - small_weight) * large + small_weight * small).softmax(1))


def stored(two_scale: TwoScaleMobileNetV2) -> dict[str, Tensor]:
    """The tensors of its file: of the small branch's dense weights only the difference to the large branch's."""
    tensors = two_scale.state_dict()
    for name in dense_layers(two_scale.large):
        weight = tensors.pop(f"small.{name}.weight")
        tensors[f"small.{name}.change"] = (weight - tensors[f"large.{name}.weight"]).flatten(1)
    return tensors


def test_small_branch_is_the_large_branch_plus_its_changes(two_scale: TwoScaleMobileNetV2) -> None:
    options = {"kind": "two-scale-mobilenet-v2", "num_classes": CLASSES, "large_from": 64, "small_weight": 0.25}
    built = build(options, stored(two_scale)).eval()
    pixels = torch.randn(1, 3, 32, 32)
    assert close(built.large(pixels), two_scale.large(pixels))
    assert close(built.small(pixels), two_scale.small(pixels))
    assert not close(built.small(pixels), built.large(pixels))


# Building from a config


def test_building_draws_no_random_numbers_and_leaves_nothing_unset() -> None:
    tensors = ResNet18(num_classes=CLASSES).state_dict()
    before = torch.get_rng_state()
    network = build({"kind": "resnet-18", "num_classes": CLASSES}, tensors)
    assert torch.equal(torch.get_rng_state(), before)
    assert {tensor.device.type for tensor in network.state_dict().values()} == {"cpu"}


def test_missing_weights_and_unknown_kinds_raise() -> None:
    tensors = ResNet18(num_classes=CLASSES).state_dict()
    del tensors["fc.bias"]
    with pytest.raises(RuntimeError, match=r"fc\.bias"):
        build({"kind": "resnet-18", "num_classes": CLASSES}, tensors)
    with pytest.raises(KeyError, match="perceptron"):
        build({"kind": "perceptron"}, {})


# ResNet-9

RESNET9 = {"num_classes": CLASSES, "stem_channels": 8, "channels": [8, 16]}


def test_resnet9_with_test_time_augmentation_averages_over_the_mirror_image_in_eval_mode() -> None:
    plain, averaged = build_resnet9(RESNET9), build_resnet9(RESNET9 | {"flip_tta": True})
    averaged.load_state_dict(plain.state_dict())
    pictures = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mean = (plain(pictures) + plain(pictures.flip(3))) / 2
        torch.testing.assert_close(averaged(pictures), mean)
        torch.testing.assert_close(averaged(pictures.flip(3)), mean)
        torch.testing.assert_close(averaged.train()(pictures), plain.train()(pictures))


def test_snapshot_ensemble_averages_its_members_and_every_second_gets_the_mirror_image() -> None:
    torch.manual_seed(1)
    ensemble = with_statistics(SnapshotEnsemble(n_members=3, **RESNET9))  # type: ignore[arg-type]
    network = build({"kind": "resnet-9-snapshots", "n_members": 3, **RESNET9}, ensemble.state_dict()).eval()
    pictures = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        first, second, third = network.members
        logits = [first(pictures), second(pictures.flip(3)), third(pictures)]
        assert not close(logits[0], logits[1])
        torch.testing.assert_close(network(pictures), sum(logits) / 3)


@pytest.mark.parametrize("side", [32, 48, 64])
def test_resnet9_takes_pictures_of_any_size_and_uses_all_its_parameters(side: int) -> None:
    network = build_resnet9(RESNET9 | {"channels": [8, 16, 16]})
    pictures = torch.randn(2, 3, side, side)
    network(pictures).square().sum().backward()
    assert network(pictures).shape == (2, CLASSES)
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())
    assert close(network(pictures)[1:], network(pictures[1:]))


def build_resnet9(options: dict[str, object]) -> nn.Module:
    tensors = ResNet9(**options).state_dict()  # type: ignore[arg-type]
    return with_statistics(build({"kind": "resnet-9", **options}, tensors))
