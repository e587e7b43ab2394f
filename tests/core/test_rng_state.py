"""A job's own random state: it continues between steps, and others' numbers are as if it had drawn none."""

import random
from contextlib import suppress

import numpy as np
import torch
from torch import nn

from zoo.core import rng_state
from zoo.core.rng_state import RandomState, SeparateGenerator


def draw():
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_random_state_continues_and_leaves_no_trace():
    outside = [get_state() for get_state, _ in rng_state._generators(torch.device("cpu"))]
    state, again = RandomState(5, "cpu"), RandomState(5, "cpu")
    with again.active():
        expected = [draw(), draw()]
    with state.active():
        drawn = [draw()]
    before = draw()
    with suppress(ZeroDivisionError), state.active():
        drawn.append(draw())
        raise ZeroDivisionError
    assert drawn == expected
    for (_, set_state), value in zip(rng_state._generators(torch.device("cpu")), outside, strict=True):
        set_state(value)
    assert draw() == before


def test_layers_made_with_a_separate_generator_draw_no_number_from_the_global_one() -> None:
    before = torch.get_rng_state()
    with SeparateGenerator():
        layer = nn.Linear(3, 3)
        nn.init.normal_(layer.weight)
    assert torch.equal(torch.get_rng_state(), before)
    assert layer.weight.abs().sum() > 0
