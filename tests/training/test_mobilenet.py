"""What the recipes of MobileNetV2 make of it: adapters, and normalisations folded away."""

import copy

import pytest
import torch
from torch import Tensor, nn

from training.classify.bundle import SMALL_SIDE, moments
from training.classify.folded import Filtered, FoldedMobileNetV2, filtered
from training.classify.mobilenet import enlarge
from training.classify.resnet import teacher
from training.lowrank import add_adapters, merge_adapters
from zoo.core.models import load
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.twoscale import dense_layers

CLASSES = 7


@pytest.fixture
def network() -> MobileNetV2:
    """As after training: with statistics and shifts of its normalisations that do something."""
    torch.manual_seed(0)
    network = MobileNetV2(CLASSES, asymmetric_padding=True).to(memory_format=torch.channels_last)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.bias.data):
                tensor.normal_(0, 0.1)
            for tensor in (module.running_var, module.weight.data):
                tensor.uniform_(0.5, 1.5)
    return network.eval()


def pixels(side: int = 32) -> Tensor:
    return torch.randn(2, 3, side, side).to(memory_format=torch.channels_last)


def test_new_adapters_change_nothing_and_are_all_that_is_trained_of_a_dense_layer(network: MobileNetV2) -> None:
    shown = pixels()
    before = network(shown)
    add_adapters(network, rank=4)
    torch.testing.assert_close(network(shown), before)
    network(shown).sum().backward()
    for name, parameter in network.named_parameters():
        frozen = name.endswith("parametrizations.weight.original")
        assert (parameter.grad is None) == frozen, name
    ranks = {layer.parametrizations.weight[0].a.shape[0] for layer in dense_layers(network).values()}
    assert ranks == {4}


def test_ranks_never_exceed_the_matrix() -> None:
    layer = nn.Sequential(nn.Linear(3, 50))
    add_adapters(layer, rank=16)
    assert layer[0].parametrizations.weight[0].a.shape == (3, 3)


def test_merged_adapters_say_the_same_and_can_be_trained(network: MobileNetV2) -> None:
    names = set(network.state_dict())
    add_adapters(network, rank=3)
    for name, parameter in network.named_parameters():
        if name.endswith(".b"):
            nn.init.normal_(parameter, std=0.05)
    shown = pixels()
    before = network(shown)
    merge_adapters(network)
    assert set(network.state_dict()) == names
    assert all(parameter.requires_grad for parameter in network.parameters())
    torch.testing.assert_close(network(shown), before, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [32, 48, 56])
def test_folded_it_says_what_it_said(network: MobileNetV2, side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.classify.folded.autocast", lambda: torch.autocast("cpu", enabled=False))
    shown = pixels(side)
    torch.testing.assert_close(FoldedMobileNetV2(network).eval()(shown), network(shown), rtol=1e-3, atol=1e-4)


def test_what_was_learnt_folded_is_put_back(network: MobileNetV2, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.classify.folded.autocast", lambda: torch.autocast("cpu", enabled=False))
    before, shown = copy.deepcopy(network), pixels()
    folded = FoldedMobileNetV2(network).train()
    optimizer = torch.optim.SGD([each for each in folded.parameters() if each.requires_grad], lr=0.01)
    nn.functional.cross_entropy(folded(shown), torch.tensor([1, 2])).backward()
    optimizer.step()
    said = folded.eval()(shown)
    folded.restore(network)
    torch.testing.assert_close(network(shown), said, rtol=1e-3, atol=1e-4)
    assert not torch.allclose(said, before(shown), rtol=1e-3, atol=1e-4)
    for part in range(3):
        torch.testing.assert_close(network.features[part].state_dict(), before.features[part].state_dict())


def test_the_teacher_says_what_the_small_branch_says() -> None:
    branch = load("mobilenet-v2").network.small.eval()
    shown = torch.rand(2, 3, 64, 64).to(memory_format=torch.channels_last) * 2 - 1
    folded = teacher()
    torch.testing.assert_close(folded(shown), branch(shown), rtol=1e-3, atol=1e-3)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in folded.modules())


def test_layers_are_rounded_for_what_comes_to_them(network: MobileNetV2) -> None:
    pictures = torch.randint(256, (3, 3, 64, 64), dtype=torch.uint8)
    found = moments(network, pictures)
    before = network.features[:-1](enlarge(pictures, SMALL_SIDE)).detach().movedim(1, -1).flatten(0, 2)
    torch.testing.assert_close(found["features.18.0"], before.T @ before, rtol=1e-3, atol=1e-2)
    assert "classifier.1" not in found  # of seven classes: too few numbers
    assert not any(layer._forward_pre_hooks for layer in dense_layers(network).values())


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("sides", [(6, 6), (8, 4), (7, 5)])
def test_what_passes_back_through_filters_is_their_derivative(stride: int, sides: tuple[int, int]) -> None:
    shown, same = torch.randn(1, 2, *sides, 5).repeat(2, 1, 1, 1, 1).requires_grad_().unbind(0)
    filters, shift, moved = torch.randn(5, 1, 3, 3), torch.randn(5, requires_grad=True), torch.randn(5)
    moved = shift.detach().clone().requires_grad_()
    one, other = Filtered.apply(shown, filters, shift, stride), filtered(same, filters, moved, stride)
    torch.testing.assert_close(one, other)
    weight = torch.randn_like(one)
    found, wanted = (
        torch.autograd.grad((result * weight).sum(), inputs)
        for result, inputs in ((one, (shown, shift)), (other, (same, moved)))
    )
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
