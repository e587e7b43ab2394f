"""The recipe of the painter: crops of every photograph, and a loss that moves the painter alone."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from training.style.examples import DRAWN
from training.style.recipe import NETWORK, crop, eyes, grown, loss_of
from zoo.examples import STYLE_EXAMPLES, example
from zoo.exhibits.style.feature_extractor import PERCEPTIONS, target_of
from zoo.exhibits.style.pictures import to_pixels
from zoo.nets.stylenet import StyleNet


@given(st.integers(33, 300), st.integers(33, 300), st.integers(0, 99))
def test_crops_are_parts_of_the_photograph(width: int, height: int, seed: int) -> None:
    ramp = np.linspace(0, 255, width * height).astype(np.uint8).reshape(height, width)
    found = crop(Image.fromarray(ramp).convert("RGB"), 32, torch.Generator().manual_seed(seed))
    assert found.shape == (1, 3, 32, 32)
    assert 0 <= float(found.min()) < float(found.max()) <= 1


def test_a_few_steps_bring_the_painter_nearer_and_leave_the_eyes_alone() -> None:
    torch.manual_seed(0)
    module, pixels = eyes(), to_pixels(example("coffee"), 64)
    painting = to_pixels(example("strokes"), 64)
    known = [dict(target_of(module, PERCEPTIONS[NETWORK], painting, [(painting, 1.0)]).grams)]
    network = StyleNet(1, width=4, depth=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    totals = []
    for _ in range(12):
        found = loss_of(network, module, known, pixels, 0)
        optimizer.zero_grad()
        found.total.backward()
        optimizer.step()
        totals.append(float(found.total.detach()))
    assert totals[-1] < 0.7 * totals[0]
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_painter_with_more_blocks_paints_as_before() -> None:
    torch.manual_seed(0)
    before, pixels, mix = StyleNet(2, width=4, depth=1), torch.rand(1, 3, 32, 32), torch.tensor([[0.3, 0.7]])
    torch.testing.assert_close(grown(before, 3)(pixels, mix), before(pixels, mix))


@pytest.mark.parametrize("name", [each.name for each in STYLE_EXAMPLES])
def test_examples_are_drawn_alike_each_time(name: str) -> None:
    number = [each.name for each in STYLE_EXAMPLES].index(name)
    drawn = np.asarray(DRAWN[name](np.random.default_rng(number)), np.float64)
    assert np.abs(drawn - np.asarray(example(name), np.float64)).mean() < 12  # what compression changed
