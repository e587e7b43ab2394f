"""What the runtime is doing, and the last minutes of its process: for the dashboard and ``GET /v1/stats``.

Importing this module imports no torch.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zoo.core.jobs import Job
from zoo.core.settings import Settings, variable
from zoo.core.user_models import SOURCE

HISTORY = 300  # samples that are kept
SPACING = 1.0  # seconds between two samples at least


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory; all user models are one entry, "own": their names are secret.

    ``in_use``: how many predictions and jobs use it now. ``pinned``: whether it is never evicted. ``idle_seconds``:
    since its last use.
    """

    name: str
    bytes: int
    in_use: int
    pinned: bool
    idle_seconds: float


@dataclass(frozen=True)
class RunningJob:
    """A job that runs or waits: neither its id nor whose it is. ``position``: in the queue, 0 once it runs."""

    title: str
    state: str
    position: int
    step: int
    total: int | None


@dataclass(frozen=True)
class Sample:
    """The process at one moment. ``cpu_percent``: 100 is one core, since the sample before. None: not known here."""

    seconds_ago: float
    process_bytes: int | None
    cpu_percent: float | None
    device_bytes: int | None
    device_percent: float | None


@dataclass(frozen=True)
class RuntimeStats:
    """Models, queues and counts at one moment. Device and budget are None until the first use chooses them."""

    device: str | None
    budget_bytes: int | None
    bytes_used: int
    models: Mapping[str, int]  # bytes of each loaded model, least recently used first; of all user models as "own"
    loads: int
    hits: int
    evictions: int
    predictions: int  # served so far
    queue_length: int  # predictions that wait
    active_jobs: int
    queued_jobs: int
    mean_wait_ms: float  # of recent predictions, in the queue
    mean_run_ms: float  # of recent predictions, on the worker
    hit_rate: float | None = None  # uses that found their model loaded, as a fraction of all
    loaded: tuple[LoadedModel, ...] = ()
    jobs: tuple[RunningJob, ...] = ()
    history: tuple[Sample, ...] = ()  # oldest first, one a second at most, taken whenever somebody asks
    settings: Mapping[str, str] | None = None  # in force, by the name of the environment variable


def without_own_names(loaded: Sequence[LoadedModel]) -> tuple[LoadedModel, ...]:
    """The same with all user models as one entry."""
    own = [model for model in loaded if model.name.startswith(f"{SOURCE}/")]
    others = [model for model in loaded if model not in own]
    if own:
        total, in_use = sum(model.bytes for model in own), sum(model.in_use for model in own)
        idle = min(model.idle_seconds for model in own)
        others.append(LoadedModel(SOURCE, total, in_use, any(model.pinned for model in own), idle))
    return tuple(others)


def running_jobs(jobs: Iterable[Job[Any]]) -> tuple[RunningJob, ...]:
    """What anybody may know of jobs."""
    latest = [(job, job.latest) for job in jobs]
    return tuple(
        RunningJob(job.title, job.state, job.position, record.step if record else 0, record.total if record else None)
        for job, record in latest
    )


def hit_rate(loads: int, hits: int) -> float | None:
    return hits / (loads + hits) if loads + hits else None


def settings_in_force() -> dict[str, str]:
    """Every setting by its variable, with what holds where none was set. No setting is a secret."""
    settings = Settings()
    values = {variable(name): getattr(settings, name) for name in Settings.model_fields}
    return {name: "not set" if value is None else str(value) for name, value in values.items()}


class ProcessHistory:
    """Samples of this process, the last ``HISTORY``. Safe to use from any thread."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, Sample]] = deque(maxlen=HISTORY)
        self._cpu = (time.monotonic(), time.process_time())
        self._lock = threading.Lock()

    def take(self, device: str | None) -> tuple[Sample, ...]:
        """All samples, with one of now unless the last is younger than ``SPACING``."""
        with self._lock:
            now, used = time.monotonic(), time.process_time()
            if not self._samples or now - self._samples[-1][0] >= SPACING:
                elapsed = now - self._cpu[0]
                percent = 100 * (used - self._cpu[1]) / elapsed if elapsed >= SPACING / 2 else None
                self._cpu = (now, used)
                self._samples.append((now, Sample(0.0, resident_bytes(), percent, *_device(device))))
            return tuple(replace(sample, seconds_ago=now - taken) for taken, sample in self._samples)


def resident_bytes() -> int | None:
    """Physical memory of this process; None where the system has no /proc."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else None


def _device(device: str | None) -> tuple[int | None, float | None]:
    """Bytes in use and utilisation in percent of a CUDA device, by its driver; elsewhere the process tells it all."""
    if not (device or "").startswith("cuda") or "torch" not in sys.modules:
        return None, None
    import torch

    free, total = torch.cuda.mem_get_info(device)
    return total - free, float(torch.cuda.utilization(device)) if find_spec("pynvml") else None
