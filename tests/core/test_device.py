"""The device: limits of the container, bytes counted once, random state kept apart, models evicted by a budget."""

import gc
import random
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from torch import nn

from zoo.core import device
from zoo.core.device import ModelCache, RandomState
from zoo.core.errors import UnavailableError

GB = 2**30


class Weights(nn.Module):
    """A model of ``count`` float32 weights, 4 bytes each."""

    def __init__(self, count):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(count))


def load(name):
    """A model of as many bytes as the last word of its name says."""
    return Weights(int(name.split()[-1]) // 4)


def control_group(root, groups, **settings):
    """A fake tree of files below ``root``: this process's groups and the settings of some."""
    files = {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{path}": text for path, text in settings.items()}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch):
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.delenv("ZOO_DEVICE", raising=False)
    monkeypatch.delenv("ZOO_BUDGET_MB", raising=False)


@pytest.mark.parametrize(
    ("groups", "settings", "cores"),
    [
        ("", {}, 16),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "6400000 100000\n"}, 16),
        ("0::/slice/pod\n", {"slice/pod/cpu.max": "max 100000", "slice/cpu.max": "300000 100000"}, 3),
        ("4:cpu,cpuacct:/\n", {"cpu,cpuacct/cpu.cfs_quota_us": "400000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 4),
        ("4:cpu:/pod\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 16),
    ],
)
def test_cores_are_those_of_the_container(tmp_path, groups, settings, cores):
    assert device.core_count(control_group(tmp_path, groups, **settings)) == cores


@pytest.mark.parametrize(
    ("groups", "settings", "limit"),
    [
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {"memory.max": "1000000\n"}, 1000000),
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": "5000"}, 5000),
        ("5:memory:/docker/x\n", {"memory/memory.limit_in_bytes": "3000"}, 3000),
        ("5:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, None),
    ],
)
def test_memory_is_that_of_the_container(tmp_path, monkeypatch, groups, settings, limit):
    monkeypatch.setattr(device.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2 * GB // 4096}.get)
    root = control_group(tmp_path, groups, **settings)
    assert device.memory_limit_bytes(root) == (limit or 2 * GB)


def test_this_machine_has_cores_and_memory():
    assert device.core_count() >= 1
    assert device.memory_limit_bytes() > 2**20


def test_threads_never_go_up(monkeypatch):
    chosen = []
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    for has, cores in [(8, 2), (1, 2)]:
        monkeypatch.setattr(torch, "get_num_threads", lambda has=has: has)
        monkeypatch.setattr(device, "core_count", lambda cores=cores: cores)
        device.limit_threads.__wrapped__()
    assert chosen == [2, 1]


def test_the_environment_chooses_the_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.pick_device() == "cuda"
    for wish in ("cpu", "cuda:1"):
        monkeypatch.setenv("ZOO_DEVICE", wish)
        assert device.pick_device() == wish


@pytest.mark.parametrize("wish", ["cuda:2", "cuda:x", "abacus", "mps"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(monkeypatch, wish):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setenv("ZOO_DEVICE", wish)
    with pytest.raises(UnavailableError, match=rf"'{wish}'.*cuda, cpu"):
        device.pick_device()


def test_the_budget_is_a_quarter_of_memory_unless_the_environment_says(monkeypatch):
    monkeypatch.setattr(device, "memory_limit_bytes", lambda: 8 * GB)
    assert device.default_budget_bytes("cpu") == 2 * GB
    monkeypatch.setenv("ZOO_BUDGET_MB", "1.5")
    assert device.default_budget_bytes("cpu") == 1_500_000


def test_shared_storages_count_once():
    model = Weights(100)
    assert device.module_bytes(model) == 400
    model.tied = nn.Parameter(model.weight.detach()[10:20])
    assert device.module_bytes(model) == 400
    model.register_buffer("mean", torch.zeros(5, dtype=torch.float64))
    assert device.module_bytes(model) == 440


@pytest.mark.parametrize(
    ("capabilities", "dtype"),
    [
        ({"avx512_f": True, "avx512_bf16": False}, torch.float32),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({}, torch.float32),
    ],
)
def test_bfloat16_only_where_the_processor_has_it(monkeypatch, capabilities, dtype):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert device.fast_dtype("cpu") is dtype


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_on_cuda_only_if_not_emulated(monkeypatch, native):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: native or including_emulation)
    assert device.fast_dtype("cuda") is (torch.bfloat16 if native else torch.float32)


def draw():
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_random_state_goes_on_where_it_left_and_leaves_no_trace():
    outside = [read() for read, _ in device._generators(torch.device("cpu"))]
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
    for (_, write), value in zip(device._generators(torch.device("cpu")), outside, strict=True):
        write(value)
    assert draw() == before


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


def test_what_can_be_laid_out_for_a_processor_is():
    class Part(nn.Linear):
        def pack(self):
            self.packed = True

    [module] = ModelCache(lambda _: nn.Sequential(Part(1, 1), nn.ReLU()), "cpu", 100).pin(["any"])
    assert module[0].packed


def test_the_least_recently_used_goes_first():
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
def test_an_evicted_model_is_freed_though_it_was_frozen(cyclic):
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


def test_pinned_models_stay_beyond_the_budget_and_go_once_unpinned():
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


def test_a_failed_load_is_told_to_all_who_wait_and_tried_afresh_by_the_next():
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


def test_a_load_that_was_interrupted_is_taken_over_by_one_who_waits():
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


class ShelfMachine(RuleBasedStateMachine):
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
    def the_books_balance(self):
        assert self.cache.loads + self.cache.hits == self.asked
        assert self.cache.loads - self.cache.evictions == len(self.cache.sizes())


def test_the_budget_holds_in_any_order_of_use():
    with mock.patch.object(device, "gc"):  # a full collection at each of thousands of evictions would take minutes
        run = settings(max_examples=40, stateful_step_count=20, deadline=None)
        run_state_machine_as_test(ShelfMachine, settings=run)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_evicted_model_gives_cuda_memory_back():
    cache = ModelCache(load, "cuda", 100_000_000)
    with cache.pinned(["a 80000000"]):
        held = torch.cuda.memory_reserved()
    with cache.pinned(["b 40"]):
        assert torch.cuda.memory_reserved() <= held
    with cache.pinned(["c 60000000"]):
        assert torch.cuda.memory_reserved() < held + 60_000_000
