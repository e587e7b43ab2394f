"""Models are loaded once, stay while they are pinned, and are evicted by a byte budget."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from torch import nn

from tests.core.runtimes import Weights
from zoo.core import device, model_cache
from zoo.core.errors import UnavailableError
from zoo.core.model_cache import ModelCache

ALLOCATOR_BLOCK = 2 * 2**20  # bytes: CUDA's caching allocator reserves memory in blocks of that size


def load(name):
    """A model of as many bytes as the last word of its name says."""
    return Weights(int(name.split()[-1]) // 4)


def test_modules_come_ready_for_gradients_of_the_input_and_nothing_else():
    def loader(name):
        return nn.Sequential(nn.Dropout(), nn.BatchNorm1d(3))

    with torch.inference_mode():
        [module] = ModelCache(loader, "cpu", 100).pin(["any"])
    assert not any(part.training for part in module.modules())
    assert not any(weight.requires_grad or weight.is_inference() for weight in module.parameters())
    inputs = torch.ones(2, 3, requires_grad=True)
    [gradient] = torch.autograd.grad(module(inputs).sum(), inputs)
    assert gradient.abs().sum() > 0


def test_what_can_be_packed_for_a_cpu_is():
    class Part(nn.Linear):
        def pack(self):
            self.packed = True

    [module] = ModelCache(lambda _: nn.Sequential(Part(1, 1), nn.ReLU()), "cpu", 100).pin(["any"])
    assert module[0].packed


def test_the_least_recently_used_is_evicted_first():
    cache = ModelCache(load, "cpu", 1000)
    for name in ("a 400", "b 400", "a 400", "c 400"):
        with cache.pinned([name]):
            pass
    assert cache.sizes() == {"a 400": 400, "c 400": 400}
    assert (cache.loads, cache.hits, cache.evictions) == (3, 1, 1)


def test_a_model_bigger_than_the_budget_is_loaded_alone():
    cache = ModelCache(load, "cpu", 1000)
    for name in ("a 400", "b 400", "big 4000"):
        with cache.pinned([name]):
            pass
    assert cache.sizes() == {"big 4000": 4000}
    with cache.pinned(["a 400"]):
        assert cache.sizes() == {"a 400": 400}


@pytest.mark.parametrize("cyclic", [False, True])
def test_an_evicted_model_is_freed_although_the_collector_had_frozen_it(cyclic):
    traces = []

    def loader(name):
        memory = np.zeros(200, np.float32)
        module = nn.Module()
        module.weight = nn.Parameter(torch.from_numpy(memory))
        module.cycle = [module] if cyclic else []
        traces.extend([weakref.ref(module), weakref.ref(module.weight), weakref.ref(memory)])
        return module

    cache = ModelCache(loader, "cpu", 1000)
    with cache.pinned(["a"]):
        assert gc.get_freeze_count() > 0
        assert [trace() is None for trace in traces] == [False] * 3
    with cache.pinned(["b"]):
        assert [trace() is None for trace in traces] == [True] * 3 + [False] * 3


def test_pinned_models_stay_beyond_the_budget_until_they_are_unpinned():
    cache = ModelCache(load, "cpu", 1000)
    with cache.pinned(["a 800"]):
        with cache.pinned(["b 800", "c 800"]):
            assert list(cache.sizes()) == ["a 800", "b 800", "c 800"]
        assert list(cache.sizes()) == ["a 800"]
    assert list(cache.sizes()) == ["a 800"]


def test_a_second_load_that_fails_unpins_the_first():
    def loader(name):
        return load(name) if name != "broken" else load("no number")

    cache = ModelCache(loader, "cpu", 1000)
    with pytest.raises(ValueError, match="invalid literal"):
        cache.pin(["a 800", "broken"])
    with cache.pinned(["b 800"]):
        assert list(cache.sizes()) == ["b 800"]


def test_a_failed_load_raises_in_all_who_wait_and_the_next_tries_again():
    waiting, tries = threading.Event(), []

    def loader(name):
        tries.append(name)
        assert waiting.wait(5)
        if len(tries) == 1:
            raise UnavailableError("no network")
        return load(name)

    cache = ModelCache(loader, "cpu", 1000)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(cache.pin, ["a 400"]) for _ in range(4)]
        while "a 400" not in cache._loading:
            waiting.wait(0.001)
        waiting.set()
        errors = [future.exception() for future in futures]
    assert isinstance(next(filter(None, errors)), UnavailableError)
    cache.pin(["a 400"])
    assert (cache.loads, list(cache.sizes())) == (1, ["a 400"])


def test_an_interrupted_load_is_taken_over_by_a_waiting_thread():
    first, tries = threading.Event(), []

    def loader(name):
        tries.append(name)
        if len(tries) == 1:
            assert first.wait(5)
            raise KeyboardInterrupt
        return load(name)

    cache = ModelCache(loader, "cpu", 1000)
    with ThreadPoolExecutor(2) as pool:
        interrupted = pool.submit(cache.pin, ["a 400"])
        while not tries:
            first.wait(0.001)
        other = pool.submit(cache.pin, ["a 400"])
        first.set()
        assert isinstance(interrupted.exception(), KeyboardInterrupt)
        assert len(other.result()) == 1


class CacheMachine(RuleBasedStateMachine):
    """Any order of pins and unpins of models of any size."""

    def __init__(self):
        super().__init__()
        self.cache, self.pins, self.asked = ModelCache(load, "cpu", 1000), [], 0

    @rule(letters=st.lists(st.sampled_from("abcde"), max_size=3), size=st.sampled_from([0, 200, 400, 1000, 2000]))
    def pin(self, letters, size):
        names = [f"{letter} {size}" for letter in letters]
        assert [device.module_bytes(module) for module in self.cache.pin(names)] == [size] * len(names)
        self.pins.append(names)
        self.asked += len(names)

    @precondition(lambda self: self.pins)
    @rule(data=st.data())
    def unpin(self, data):
        self.cache.unpin(self.pins.pop(data.draw(st.integers(0, len(self.pins) - 1))))

    @invariant()
    def within_the_budget_as_far_as_pins_allow(self):
        sizes, pinned = self.cache.sizes(), {name for names in self.pins for name in names}
        assert pinned <= sizes.keys()
        assert sum(sizes.values()) <= 1000 or len(sizes) == 1 or pinned == sizes.keys()

    @invariant()
    def the_counts_agree(self):
        assert self.cache.loads + self.cache.hits == self.asked
        assert self.cache.loads - self.cache.evictions == len(self.cache.sizes())


def test_the_budget_holds_in_any_order_of_use():
    with (
        mock.patch.object(model_cache, "gc"),
        mock.patch.object(device, "gc"),
    ):  # a full collection at each of thousands of evictions would take minutes
        run = settings(max_examples=40, stateful_step_count=20, deadline=None)
        run_state_machine_as_test(CacheMachine, settings=run)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_evicted_model_gives_cuda_memory_back():
    cache = ModelCache(load, "cuda", 100_000_000)
    with cache.pinned(["a 80000000"]):
        reserved = torch.cuda.memory_reserved()
    with cache.pinned(["b 40"]):
        assert torch.cuda.memory_reserved() <= reserved + ALLOCATOR_BLOCK
    with cache.pinned(["c 60000000"]):
        assert torch.cuda.memory_reserved() < reserved + 60_000_000
