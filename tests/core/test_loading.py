"""From a card's name to a loaded network, ready to be shared."""

import pytest
import torch
from torch import nn

from zoo.core.cards import Card, bundled_cards, exhibit_cards
from zoo.core.errors import NotFoundError
from zoo.core.loading import NormalizedModel, load
from zoo.core.runtime import get_runtime

EVERY_CARD = pytest.mark.parametrize("card", bundled_cards(), ids=lambda card: card.name)
EVERY_CLASSIFIER = pytest.mark.parametrize("card", exhibit_cards("classify"), ids=lambda card: card.name)


def test_normalization_is_part_of_the_model() -> None:
    model = NormalizedModel(nn.Identity(), (0.5, 0.25, 0.0), (0.5, 2.0, 1.0))
    pixels = torch.tensor([0.75, 0.75, 0.75]).view(1, 3, 1, 1).expand(2, 3, 4, 5)
    assert model(pixels).shape == (2, 3, 4, 5)
    assert model(pixels)[1, :, 3, 4].tolist() == [0.5, 0.25, 0.75]


@EVERY_CARD
def test_loading_draws_no_random_numbers(card: Card) -> None:
    """It runs in a caller's thread, beside jobs that draw from the same generators."""
    before = torch.get_rng_state()
    network = load(card.name)
    assert torch.equal(torch.get_rng_state(), before)
    assert {(tensor.device.type, tensor.is_floating_point() and tensor.dtype) for tensor in network.parameters()} == {
        ("cpu", torch.float32)
    }


@EVERY_CLASSIFIER
def test_classifier_has_a_logit_for_each_class_at_each_of_its_views(card: Card) -> None:
    for view in card.config["preprocessing"]["views"]:
        pixels = torch.rand(1, 3, view["crop"], view["crop"])
        logits = get_runtime().run(lambda network, pixels=pixels: network(pixels), card.name)
        assert logits.shape == (1, len(card.classes))
        assert logits.isfinite().all()


@EVERY_CARD
def test_shared_model_is_in_evaluation_mode_and_its_parameters_need_no_gradient(card: Card) -> None:
    network = get_runtime().run(lambda network: network, card.name)
    assert not any(module.training for module in network.modules())
    assert not any(parameter.requires_grad or parameter.is_inference() for parameter in network.parameters())


@EVERY_CLASSIFIER
def test_gradients_reach_the_pixels(card: Card) -> None:
    side = card.config["preprocessing"]["views"][-1]["crop"]
    pixels = torch.rand(1, 3, side, side, requires_grad=True)
    (gradient,) = get_runtime().run(lambda net: torch.autograd.grad(net(pixels)[0, 0], pixels), card.name)
    assert gradient.abs().sum() > 0


def test_unknown_model_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no-such-model"):
        load("no-such-model")
