"""The device that models run on: its cores, its memory and the models in it, its fast numbers, its random numbers.

Limits come from the container's control group where there is one: on 2 cores of 64, a thread per core of the host costs
up to 8 times the time.
"""

import gc
import os
import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from zoo.core.errors import UnavailableError

UNKNOWN_MEMORY = 8 * 2**30  # assumed where the system does not tell


def pick_device() -> str:
    """The name of the best device here: cuda, mps or cpu. The environment's ZOO_DEVICE overrides ("cuda:1" is fine).

    Raises ``UnavailableError`` if ZOO_DEVICE names a device that torch does not know or this machine does not have.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    wish = os.environ.get("ZOO_DEVICE")
    if not wish:
        return next(name for name, there in present.items() if there)
    kind, _, index = wish.partition(":")
    if not present.get(kind) or (index and not (index.isdigit() and int(index) < _device_count(kind))):
        raise UnavailableError(
            f"ZOO_DEVICE asks for {wish!r}, which this machine does not have. "
            f"Unset it, or choose one of: {', '.join(name for name, there in present.items() if there)}."
        )
    return wish


def _device_count(kind: str) -> int:
    return torch.cuda.device_count() if kind == "cuda" else 1


def core_count(root: Path = Path("/")) -> int:
    """The whole cores this process may use: the control group's quota or the affinity mask, whichever is less."""
    cores = [len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1]
    shares = [value.split() for value in _cgroup("cpu", "cpu.max", root)]
    quotas, periods = (_cgroup("cpu", f"cpu.cfs_{name}_us", root) for name in ("quota", "period"))
    shares += [list(pair) for pair in zip(quotas, periods, strict=True)]
    cores += [int(quota) // int(period) for quota, period in shares if quota not in ("max", "-1")]
    return max(1, min(cores))


def memory_limit_bytes(root: Path = Path("/")) -> int:
    """The memory this process may use, in bytes: the control group's limit or all there is, whichever is less."""
    known = hasattr(os, "sysconf")
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if known else UNKNOWN_MEMORY]
    for name in ("memory.max", "memory.limit_in_bytes"):
        limits += [int(value) for value in _cgroup("memory", name, root) if value != "max"]
    return min(limits)


def _cgroup(controller: str, name: str, root: Path) -> Iterator[str]:
    """Each value of one setting that binds this process, from its own control group (version 1 or 2) up to the root."""
    groups = root / "proc/self/cgroup"
    for line in groups.read_text().splitlines() if groups.is_file() else ():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        group = PurePosixPath(path)
        for folder in (group, *group.parents):
            setting = root / "sys/fs/cgroup" / controllers / folder.relative_to("/") / name
            if setting.is_file():
                yield setting.read_text().strip()


@cache
def limit_threads() -> int:
    """Bring torch's intra-op threads down to the cores there are, once per process. Never up: OMP_NUM_THREADS holds."""
    threads = min(torch.get_num_threads(), core_count())
    torch.set_num_threads(threads)
    return threads


def default_budget_bytes(device: str) -> int:
    """The bytes that loaded models may take: 70 % of a CUDA device, else a quarter of memory.

    The environment's ZOO_BUDGET_MB, in units of 10^6 bytes, overrides.
    """
    if megabytes := os.environ.get("ZOO_BUDGET_MB"):
        return int(float(megabytes) * 1e6)
    if torch.device(device).type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory * 0.7)
    return memory_limit_bytes() // 4


def module_bytes(module: nn.Module) -> int:
    """The bytes of all parameters and buffers; a storage that several tensors share counts once."""
    storages = [tensor.untyped_storage() for tensor in (*module.parameters(), *module.buffers())]
    return sum({(storage.device, storage.data_ptr()): storage.nbytes() for storage in storages}.values())


@runtime_checkable
class Packable(Protocol):
    """A network that can be laid out for a processor, in place."""

    def pack(self) -> None: ...


def pack(module: nn.Module) -> None:
    """Let each part that can be laid out anew for a processor be so. It needs less room then, if another."""
    for part in [part for part in module.modules() if isinstance(part, Packable)]:
        part.pack()


def free_cache(device: str) -> None:
    """Hand the memory of dropped tensors back: collect cycles, then empty the allocator's cache."""
    gc.collect()
    if torch.device(device).type != "cpu":
        torch.get_device_module(device).empty_cache()


def fast_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware computes it natively, else float32 (emulated bfloat16 is slower than float32)."""
    kind = torch.device(device).type
    if kind == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif kind == "cpu":
        capabilities = torch.cpu.get_capabilities()
        native = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "sve_bf16"))
    else:
        native = False
    return torch.bfloat16 if native else torch.float32


@dataclass
class _Loaded:
    module: nn.Module
    bytes: int
    pins: int = 1


class ModelCache:
    """The models on one device. Whoever uses one pins it; beyond the budget, the least recently used unpinned one goes.

    A model bigger than the whole budget is still loaded, alone. Safe to use from any thread.
    """

    def __init__(
        self, loader: Callable[[str], nn.Module], device: str | None = None, budget_bytes: int | None = None
    ) -> None:
        limit_threads()
        self.device = device or pick_device()
        self.budget_bytes = default_budget_bytes(self.device) if budget_bytes is None else budget_bytes
        self.loads = self.hits = self.evictions = 0
        self._loader = loader
        self._models: OrderedDict[str, _Loaded] = OrderedDict()
        self._loading: dict[str, Future[None]] = {}
        self._lock = threading.RLock()

    def sizes(self) -> dict[str, int]:
        """Bytes of each loaded model, least recently used first."""
        with self._lock:
            return {name: loaded.bytes for name, loaded in self._models.items()}

    def pin(self, names: Sequence[str]) -> list[nn.Module]:
        """The named models, loaded in the calling thread if need be; they stay until unpinned.

        Each is loaded once however many ask at once. Raises what the loader raises.
        """
        modules: list[nn.Module] = []
        try:
            for name in names:
                modules.append(self._take(name))
        except BaseException:
            self.unpin(names[: len(modules)])
            raise
        return modules

    def unpin(self, names: Sequence[str]) -> None:
        with self._lock:
            for name in names:
                self._models[name].pins -= 1
            self._make_room()

    @contextmanager
    def pinned(self, names: Sequence[str]) -> Iterator[list[nn.Module]]:
        modules = self.pin(names)
        try:
            yield modules
        finally:
            modules.clear()  # so that an eviction right here finds no reference left
            self.unpin(names)

    def _take(self, name: str) -> nn.Module:
        while True:
            with self._lock:
                if loaded := self._models.get(name):
                    self._models.move_to_end(name)
                    loaded.pins += 1
                    self.hits += 1
                    return loaded.module
                others = self._loading.get(name)
                if others is None:
                    mine = self._loading[name] = Future()
            if others is None:
                return self._load(name, mine)
            others.result()  # raises what the load raised, otherwise the next look finds the model

    def _load(self, name: str, done: Future[None]) -> nn.Module:
        try:
            with torch.inference_mode(False):  # the caller may be in it, and such tensors can never meet autograd again
                module = self._loader(name).eval().requires_grad_(False)
                size = module_bytes(module)
                if torch.device(self.device).type == "cpu":
                    pack(module)
                with self._lock:
                    self._make_room(size)
                    self._models[name] = _Loaded(module.to(self.device), size)
                    self.loads += 1
        except Exception as error:
            done.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._loading[name]
            if not done.done():
                done.set_result(None)
        # The collector walks all living objects again and again: leave out those that stay, once the garbage is gone.
        gc.collect()
        gc.freeze()
        return module

    def _make_room(self, coming: int | None = None) -> None:
        """Evict until the budget holds, with a model of ``coming`` bytes more if there is one, or one model is left."""
        evicted = 0
        for name in [name for name, loaded in self._models.items() if not loaded.pins]:
            alone = len(self._models) + (coming is not None) == 1
            if alone or sum(self.sizes().values()) + (coming or 0) <= self.budget_bytes:
                break
            del self._models[name]
            evicted += 1
        if evicted:
            self.evictions += evicted
            gc.unfreeze()  # what is frozen is never collected
            free_cache(self.device)
            gc.freeze()


class RandomState:
    """The state of all global random generators (Python, NumPy, torch, the device), one job's own between its turns."""

    def __init__(self, seed: int, device: str) -> None:
        self._seed = seed
        self._generators = _generators(torch.device(device))
        self._states: list[Any] | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Draw from this state inside the block; outside, all is as if nothing had been drawn."""
        outer = [read() for read, _ in self._generators]
        if self._states is None:
            random.seed(self._seed)
            np.random.seed(self._seed % 2**32)
            torch.manual_seed(self._seed)
        else:
            self._write(self._states)
        try:
            yield
        finally:
            self._states = [read() for read, _ in self._generators]
            self._write(outer)

    def _write(self, states: list[Any]) -> None:
        for (_, write), state in zip(self._generators, states, strict=True):
            write(state)


def _generators(device: torch.device) -> list[tuple[Callable[[], Any], Callable[[Any], None]]]:
    pairs: list[tuple[Callable[[], Any], Callable[[Any], None]]] = [
        (random.getstate, random.setstate),
        (np.random.get_state, np.random.set_state),
        (torch.get_rng_state, torch.set_rng_state),
    ]
    if device.type != "cpu":
        module = torch.get_device_module(device)
        pairs.append((partial(module.get_rng_state, device), partial(module.set_rng_state, device=device)))
    return pairs


def check_modes(device: str) -> None:
    """Raise ``RuntimeError`` if this thread was left inside a block such as ``torch.no_grad()``."""
    kind = torch.device(device).type
    if not torch.is_grad_enabled() or torch.is_inference_mode_enabled() or torch.is_autocast_enabled(kind):
        raise RuntimeError(
            "A step yielded inside no_grad(), inference_mode() or autocast(), which would leak into others' turns. "
            "End the block before the yield and open it again after."
        )
