"""The recipe of the feed-forward styles: crops, losses that train the network alone, configs, example paintings."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from training import recipes
from training.style.examples import DRAWN
from training.style.perceptual import PerceptualConfig
from training.style.recipe import (
    NETWORK,
    StyleNetConfig,
    build_optimizer,
    feature_extractor,
    random_crop,
    style_losses,
    with_more_blocks,
)
from zoo.core.cards import exhibit_cards, find_card
from zoo.examples import STYLE_EXAMPLES, example
from zoo.exhibits.style.fine_tuning import compute_grams
from zoo.exhibits.style.pictures import image_to_tensor
from zoo.nets.stylenet import StyleNet, is_style_parameter


@given(st.integers(33, 300), st.integers(33, 300), st.integers(0, 99))
def test_crops_are_parts_of_the_photograph(width: int, height: int, seed: int) -> None:
    ramp = np.linspace(0, 255, width * height).astype(np.uint8).reshape(height, width)
    crop = random_crop(Image.fromarray(ramp).convert("RGB"), 32, torch.Generator().manual_seed(seed))
    assert crop.shape == (1, 3, 32, 32)
    assert 0 <= float(crop.min()) < float(crop.max()) <= 1


def test_a_few_steps_lower_the_loss_and_leave_the_feature_extractor_alone() -> None:
    torch.manual_seed(0)
    module, pixels = feature_extractor(), image_to_tensor(example("coffee"), 64)
    grams = [dict(compute_grams(image_to_tensor(example("strokes"), 64), module))]
    network = StyleNet(n_styles=1, channels=4, n_blocks=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    totals = []
    for _ in range(12):
        losses = style_losses(network, module, grams, pixels, 0, StyleNetConfig().loss)
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
        totals.append(float(losses.total.detach()))
    assert totals[-1] < 0.7 * totals[0]
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_network_with_more_blocks_gives_the_same_output() -> None:
    torch.manual_seed(0)
    network = StyleNet(n_styles=2, channels=4, n_blocks=1)
    pixels, weights = torch.rand(1, 3, 32, 32), torch.tensor([[0.3, 0.7]])
    torch.testing.assert_close(with_more_blocks(network, 3)(pixels, weights), network(pixels, weights))


def test_scales_and_shifts_go_to_adamw_and_convolutions_to_muon() -> None:
    network = StyleNet(n_styles=2, channels=4, n_blocks=1)
    muon, adamw = build_optimizer(network, 0.02).param_groups
    assert muon["unit_norm"]
    assert all(parameter.ndim == 4 for parameter in muon["params"])
    assert adamw["adamw"]
    assert len(adamw["params"]) == sum(is_style_parameter(name) for name, _ in network.named_parameters())


def test_the_checked_in_config_holds_the_losses_of_the_bundled_styles() -> None:
    config = recipes.load("style").config
    assert isinstance(config, StyleNetConfig)
    for card in exhibit_cards("style"):
        assert config.loss.model_dump(include={*card.config["loss"]}) == card.config["loss"]


@pytest.mark.parametrize("name", ["perceptual-resnet-first", "perceptual-resnet-second", "perceptual-resnet"])
def test_each_cycle_of_the_feature_extractor_has_a_config(name: str) -> None:
    config = recipes.load(name, steps=7).config
    assert isinstance(config, PerceptualConfig)
    assert config.steps == 7


@pytest.mark.parametrize(("model", "config"), [("wave", "style"), (NETWORK, "perceptual-resnet")])
def test_cards_name_their_config(model: str, config: str) -> None:
    folder = find_card(model).folder
    assert folder is not None
    assert f"python -m training run {config} --data DATA" in (folder / "README.md").read_text()


@pytest.mark.parametrize("name", [sample.name for sample in STYLE_EXAMPLES])
def test_example_paintings_are_drawn_again_alike(name: str) -> None:
    number = [sample.name for sample in STYLE_EXAMPLES].index(name)
    drawn = np.asarray(DRAWN[name](np.random.default_rng(number)), np.float64)
    assert np.abs(drawn - np.asarray(example(name), np.float64)).mean() < 12  # what compression changed
