"""The models on a device, each loaded once and evicted by a byte budget, the least recently used first."""

import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from zoo.core.device import default_budget_bytes, free_cache, limit_threads, module_bytes, pack, pick_device
from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.runtime_stats import LoadedModel

KEPT_SHARE = 0.5  # of the budget that kept models may take: others must find room


@dataclass
class _Loaded:
    module: nn.Module
    bytes: int
    pins: int = 1
    used_at: float = 0.0
    is_kept: bool = False


class ModelCache:
    """The models on one device. A model in use is pinned; beyond the budget, the least recently used unpinned one is
    evicted.

    A model larger than the whole budget is still loaded, alone. Safe to use from any thread.
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

    def loaded(self) -> tuple[LoadedModel, ...]:
        """Each loaded model, least recently used first."""
        now = time.monotonic()
        with self._lock:
            return tuple(
                LoadedModel(name, each.bytes, each.pins, each.is_kept, now - each.used_at)
                for name, each in self._models.items()
            )

    def keep(self, name: str, wanted: bool = True) -> None:
        """Evict the model never, or again when room is needed.

        Raises NotFoundError where it is not loaded, InputError where kept models would take over half of the budget.
        """
        with self._lock:
            if name not in self._models:
                raise NotFoundError(f"{name} is not loaded: load it first.")
            kept = sum(each.bytes for each in self._models.values() if each.is_kept) + self._models[name].bytes
            if wanted and not self._models[name].is_kept and kept > KEPT_SHARE * self.budget_bytes:
                raise InputError("Pinned models may take half of the budget: unpin another one first.")
            self._models[name].is_kept = wanted
            self._make_room()

    def unload(self, name: str) -> None:
        """Free the memory of a model; its next use loads it again.

        Raises NotFoundError where it is not loaded, BusyError while something uses it.
        """
        with self._lock:
            if name not in self._models:
                raise NotFoundError(f"{name} is not loaded.")
            if self._models[name].pins:
                raise BusyError(f"{name} is in use: try again when what uses it has ended.")
            del self._models[name]
            self._collect()

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
        """Let the named models be evicted, once for each time that they were pinned."""
        with self._lock:
            for name in names:
                self._models[name].pins -= 1
                self._models[name].used_at = time.monotonic()
            self._make_room()

    @contextmanager
    def pinned(self, names: Sequence[str]) -> Iterator[list[nn.Module]]:
        """The named models, pinned inside the block."""
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
                    loaded.used_at = time.monotonic()
                    self.hits += 1
                    return loaded.module
                running = self._loading.get(name)
                if running is None:
                    started = self._loading[name] = Future()
            if running is None:
                return self._load(name, started)
            running.result()  # raises what the load raised; otherwise the next turn finds the model

    def _load(self, name: str, done: Future[None]) -> nn.Module:
        try:
            with torch.inference_mode(False):  # the caller may be in it, and autograd refuses tensors made in it
                module = self._loader(name).eval().requires_grad_(False)
                size = module_bytes(module)
                if torch.device(self.device).type == "cpu":
                    pack(module)
                with self._lock:
                    self._make_room(size)
                    self._models[name] = _Loaded(module.to(self.device), size, used_at=time.monotonic())
                    self.loads += 1
        except Exception as error:
            done.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._loading[name]
            if not done.done():
                done.set_result(None)
        # The collector visits all living objects again and again: exempt those that stay, garbage collected first.
        gc.collect()
        gc.freeze()
        return module

    def _make_room(self, additional: int | None = None) -> None:
        """Evict until the budget holds, a model of ``additional`` bytes included, or one model is left."""
        evicted = 0
        for name in [name for name, loaded in self._models.items() if not (loaded.pins or loaded.is_kept)]:
            alone = len(self._models) + (additional is not None) == 1
            if alone or sum(self.sizes().values()) + (additional or 0) <= self.budget_bytes:
                break
            del self._models[name]
            evicted += 1
        if evicted:
            self.evictions += evicted
            self._collect()

    def _collect(self) -> None:
        gc.unfreeze()  # what is frozen is never collected
        free_cache(self.device)
        gc.freeze()
