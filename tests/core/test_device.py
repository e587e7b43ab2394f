"""The device: the container's limits, the operator's settings, bytes of a module, the fast number format."""

import io
import os

import pytest
import torch
from joblib.externals.loky.backend import context
from torch import nn

from tests.core.runtimes import Weights
from zoo.core import device
from zoo.core.errors import UnavailableError

GB = 2**30


def control_group(root, groups, **settings):
    """A fake tree of files below ``root``: this process's groups and the settings of some."""
    files = {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{path}": text for path, text in settings.items()}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in ("ZOO_DEVICE", "ZOO_BUDGET_MB", "LOKY_MAX_CPU_COUNT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 16),
        ({"cpu.max": "max 100000\n"}, 16),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "6400000 100000\n"}, 16),
        ({"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000"}, 4),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 16),
    ],
)
def test_cores_are_those_of_the_container(monkeypatch, files, cores):
    """On a machine of 16: the quota of the control group that a container sees as its root, of version 2 or 1."""
    contents = {f"/sys/fs/cgroup/{path}": text for path, text in files.items()}
    monkeypatch.setattr(context.os, "cpu_count", lambda: 16)
    monkeypatch.setattr(context.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(context, "open", lambda path: io.StringIO(contents[path]), raising=False)
    exists = os.path.exists
    monkeypatch.setattr(
        context.os.path, "exists", lambda path: path in contents if "cgroup" in str(path) else exists(path)
    )
    assert device.core_count() == cores


def test_cores_are_those_of_the_affinity_mask(monkeypatch):
    monkeypatch.setattr(context.os, "cpu_count", lambda: 16)
    monkeypatch.setattr(context.os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert device.core_count() == 1


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


def test_the_operator_chooses_the_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.pick_device() == "cuda"
    for setting in ("cpu", "cuda:1"):
        monkeypatch.setenv("ZOO_DEVICE", setting)
        assert device.pick_device() == setting


@pytest.mark.parametrize("setting", ["cuda:2", "cuda:x", "abacus", "mps"])
def test_a_device_that_is_missing_is_refused_with_those_that_are_present(monkeypatch, setting):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setenv("ZOO_DEVICE", setting)
    with pytest.raises(UnavailableError, match=rf"'{setting}'.*cuda, cpu"):
        device.pick_device()


def test_the_budget_is_a_quarter_of_memory_unless_the_operator_sets_it(monkeypatch):
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


class SmallSteps(nn.Linear):
    small_steps = True


@pytest.mark.parametrize(
    ("networks", "threads"),
    [
        ([], 2),
        ([nn.Linear(2, 2)], 2),
        ([SmallSteps(2, 2)], 1),
        ([nn.Linear(2, 2), nn.Sequential(SmallSteps(2, 2))], 1),
    ],
)
def test_networks_of_small_steps_compute_on_one_thread(two_threads, networks, threads):
    with device.threads_for(networks):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == two_threads


def test_the_threads_come_back_after_an_error(two_threads):
    with pytest.raises(ZeroDivisionError), device.threads_for([SmallSteps(2, 2)]):
        raise ZeroDivisionError
    assert torch.get_num_threads() == two_threads
