"""Random number generators: a job's own state of them between its steps, and none touched while a network is built."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode


class RandomState:
    """A job's own state of the global random generators: Python's, NumPy's, torch's and the device's."""

    def __init__(self, seed: int, device: str) -> None:
        self._seed = seed
        self._generators = _generators(torch.device(device))
        self._states: list[Any] | None = None

    @contextmanager
    def active(self) -> Iterator[None]:
        """Draw from this state inside the block; outside, all is as if nothing had been drawn."""
        outer = [get_state() for get_state, _ in self._generators]
        if self._states is None:
            random.seed(self._seed)
            np.random.seed(self._seed % 2**32)
            torch.manual_seed(self._seed)
        else:
            self._set(self._states)
        try:
            yield
        finally:
            self._states = [get_state() for get_state, _ in self._generators]
            self._set(outer)

    def _set(self, states: list[Any]) -> None:
        for (_, set_state), state in zip(self._generators, states, strict=True):
            set_state(state)


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
            "A step yielded inside no_grad(), inference_mode() or autocast(), which would leak into other jobs' steps. "
            "End the block before the yield and open it again after."
        )


class SeparateGenerator(TorchFunctionMode):
    """Inside of it, layers that this thread makes are initialized from a generator of their own.

    Libraries that initialize weights before they load others draw from torch's global generator: a job in another
    thread would miss those numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator()

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(function, "__name__", "").endswith(("normal_", "uniform_")):
            kwargs["generator"] = self.generator
        return function(*args, **kwargs)
