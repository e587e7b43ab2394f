"""Runtimes that stop with their test, and threads to ask them from."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.core.runtimes import Weights
from zoo.core.device import limit_threads
from zoo.core.runtime import Runtime


@pytest.fixture
def make():
    """Runtimes of models of 400 bytes, stopped after the test."""
    made = []

    def make(loader=lambda name: Weights(), **settings):
        made.append(Runtime(loader, device="cpu", **{"budget_bytes": 1000} | settings))
        return made[-1]

    yield make
    for runtime in made:
        runtime.stop()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as pool:
        yield pool


@pytest.fixture
def two_threads():
    """Two threads within an operation of torch, whatever the machine has."""
    before = limit_threads()  # now, since that happens once per process
    torch.set_num_threads(2)
    yield 2
    torch.set_num_threads(before)
