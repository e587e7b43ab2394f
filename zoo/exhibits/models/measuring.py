"""Models measured on this machine: loading, latency, throughput and memory, as a job of short steps.

Loading happens beside the worker, in a thread; calls happen on it, in steps of at most ``STEP`` seconds or one call, so
that predictions go on between. A network is loaded for the purpose and dropped afterwards.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

from zoo.core.background import in_background
from zoo.core.cards import Card, bundled_cards, find_card
from zoo.core.device import free_cache, module_bytes, pack, synchronise
from zoo.core.errors import InputError
from zoo.core.loading import is_cached
from zoo.core.steps import Progress, Steps
from zoo.exhibits.models import measurements
from zoo.exhibits.models.access import check_controls
from zoo.exhibits.models.describing import facts_of
from zoo.exhibits.models.inputs import call_on_example
from zoo.exhibits.models.knobs import BenchmarkKnobs
from zoo.exhibits.models.results import Benchmark, Machine, Measurement
from zoo.exhibits.models.tracing import costs_of, loaded_copy

STEP = 0.15  # seconds of calls in one step
LOADS = 3
WARM_UP_SECONDS = 0.2  # of calls that are not counted, one at least
ROUND_SECONDS, ROUND_CALLS = 0.6, 3  # each round lasts so long, and has so many calls at least
MAX_ROUNDS = 5  # until two in a row agree
TOLERANCE = 0.1  # the relative difference of two rounds that agree
LARGE_BATCH = 8
PARTS = 4  # of one measurement, for the progress: load, first call, batch 1, batch 8


def devices() -> list[str]:
    """The kinds of devices of this machine, the best first."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, present in available.items() if present]


def benchmark(*, knobs: BenchmarkKnobs, owner: str) -> Steps[Benchmark]:
    """Measure models one after another; each is stored as soon as it is measured.

    Raises NotFoundError, InputError for a model that is not on this machine, for a device that it does not have, and
    where the operator allows no measuring.
    """
    check_controls(owner)
    cards = [find_card(name) for name in dict.fromkeys(knobs.model)] or list(bundled_cards())
    for card in cards:
        if not is_cached(card):
            raise InputError(f"{card.name} is not on this machine: fetch it first.")
    wanted = list(dict.fromkeys(knobs.device)) or devices()
    for device in wanted:
        check_device(device)
    machine = measurements.describe_machine()
    total = PARTS * len(cards) * len(wanted)
    for index, card in enumerate(cards):
        yield from _measure_everywhere(card, wanted, machine, index * PARTS * len(wanted), total)
    return Benchmark(machine, tuple(map(facts_of, cards)))


def check_device(device: str) -> None:
    """Raises InputError for a device that this machine does not have."""
    kind, _, index = device.partition(":")
    count = torch.cuda.device_count() if kind == "cuda" else 1
    if kind not in devices() or (index and not (index.isdecimal() and int(index) < count)):
        raise InputError(f"This machine has no device {device[:40]!r}: there is {', '.join(devices())}.")


def _measure_everywhere(card: Card, wanted: list[str], machine: Machine, done: int, total: int) -> Steps[None]:
    network = yield from in_background(
        partial(loaded_copy, card), lambda: Progress(done, total, f"{card.name}: reading")
    )
    costs = costs_of(card, network)
    del network
    for position, device in enumerate(wanted):
        measured = yield from measure(card, device, done + position * PARTS, total)
        measurements.write(machine, card.name, {device: measured}, costs)


def measure(card: Card, device: str, done: int = 0, total: int | None = None) -> Steps[Measurement]:
    """One model on one device. ``done`` and ``total``: of the progress."""

    def progress(part: int, doing: str) -> Progress:
        return Progress(done + part, total, f"{card.name} on {device}: {doing}")

    load_seconds = []
    for _ in range(LOADS):
        loaded = yield from in_background(partial(_load, card, device), lambda: progress(0, "loading"))
        load_seconds.append(loaded.seconds)
    module, memory = loaded.module, loaded.memory_bytes
    example = call_on_example(card, module)
    single = _synchronised(example.run, device)
    first = _timed(single)
    yield progress(1, "first call")
    latencies = yield from _rounds(single, partial(progress, 2, "batch 1"))
    large = _synchronised(call_on_example(card, module, LARGE_BATCH).run, device)
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
        allocated = torch.cuda.memory_allocated(device)
    batches = yield from _rounds(large, partial(progress, 3, f"batch {LARGE_BATCH}"))
    peak = torch.cuda.max_memory_allocated(device) - allocated if device.startswith("cuda") else None
    result = Measurement(
        device=device,
        input=example.input,
        load_ms=1000 * median(load_seconds),
        first_ms=1000 * first,
        p50_ms=1000 * float(np.percentile(latencies.seconds, 50)),
        p95_ms=1000 * float(np.percentile(latencies.seconds, 95)),
        per_second_1=1 / float(np.mean(latencies.seconds)),
        per_second_8=LARGE_BATCH / float(np.mean(batches.seconds)),
        memory_bytes=memory,
        peak_bytes=peak,
        busy=not (latencies.agree and batches.agree),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    del module, example, single, large, loaded
    free_cache(device)
    return result


@dataclass(frozen=True)
class _Loaded:
    module: nn.Module
    memory_bytes: int
    seconds: float


def _load(card: Card, device: str) -> _Loaded:
    start = time.perf_counter()
    module = loaded_copy(card)
    memory = module_bytes(module)
    if device == "cpu":
        pack(module)  # as the runtime does
    module = module.to(device)
    synchronise(device)
    return _Loaded(module, memory, time.perf_counter() - start)


def _synchronised(run: Callable[[], Any], device: str) -> Callable[[], None]:
    """The call, ended when the device has ended it."""
    on_device: AbstractContextManager[Any] = torch.cuda.device(device) if device.startswith("cuda") else nullcontext()

    def call() -> None:
        with torch.inference_mode(), on_device:
            run()
            synchronise(device)

    return call


def _timed(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@dataclass(frozen=True)
class _Rounds:
    """``seconds``: of each call in the last two rounds. ``agree``: their medians differ by at most ``TOLERANCE``."""

    seconds: list[float]
    agree: bool


def _rounds(call: Callable[[], None], progress: Callable[[], Progress]) -> Steps[_Rounds]:
    """Rounds of calls until two in a row agree, at most ``MAX_ROUNDS``."""
    start = time.perf_counter()
    call()
    yield progress()
    while time.perf_counter() - start < WARM_UP_SECONDS:
        call()
        yield progress()
    rounds = [(yield from _round(call, progress))]
    for _ in range(MAX_ROUNDS - 1):
        rounds.append((yield from _round(call, progress)))
        if agree(*rounds[-2:]):
            break
    return _Rounds(rounds[-2] + rounds[-1], agree(*rounds[-2:]))


def agree(one: list[float], other: list[float]) -> bool:
    """Whether the medians of two rounds differ by at most ``TOLERANCE``.

    >>> agree([1.0, 1.0, 9.0], [1.05]), agree([1.0], [1.2])
    (True, False)
    """
    low, high = sorted((median(one), median(other)))
    return high <= low * (1 + TOLERANCE)


def _round(call: Callable[[], None], progress: Callable[[], Progress]) -> Steps[list[float]]:
    seconds: list[float] = []
    step_seconds = 0.0
    while sum(seconds) < ROUND_SECONDS or len(seconds) < ROUND_CALLS:
        seconds.append(_timed(call))
        step_seconds += seconds[-1]
        if step_seconds >= STEP:
            step_seconds = 0.0
            yield progress()
    yield progress()
    return seconds
