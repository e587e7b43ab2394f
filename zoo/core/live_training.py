"""Training that its user advances, one step or a moment at a time, and looks at between the steps.

Each advance is a call on the runtime's worker, as a prediction is: trainings of several people take turns, and nothing
is computed for a person who has left. As a job, the same training runs to its end.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from zoo.core.errors import BusyError
from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Progress, Steps

MOMENT = 0.15  # seconds of a call: others wait for it
CALL = 200  # steps of a call at most
MAX_LIVE = 128  # trainings in memory
BUSY = "Too many people are training on this machine right now: try again in a minute."


class Trainable(Protocol):
    """What trains: a network with its data and its optimiser. It is made, and called, on the runtime's worker alone."""

    def step(self) -> Mapping[str, float]:
        """One step of the optimiser, within about 100 milliseconds; values to plot, as the loss of this batch."""


T = TypeVar("T", bound=Trainable)
R = TypeVar("R")


class LiveTraining(Generic[T]):
    """One person's training, with random states of its own. Safe to use from any thread, but not beside its own job.

    ``make`` builds it for a device, on the worker, at the first use. ``seed``: of everything random. ``metrics``: the
    values of each step so far, thinned to every second one, every fourth and so on once there are 2,000.
    """

    KEPT = 2000

    def __init__(self, make: Callable[[str], T], seed: int = 0) -> None:
        if len(_live) >= MAX_LIVE:
            raise BusyError(BUSY, 60.0)
        _live.add(self)
        self.steps = 0
        self.metrics: list[tuple[int, Mapping[str, float]]] = []
        self._every = 1
        self._make: Callable[[str], T] = make
        self._seed = seed
        self._random: Any = None
        self._training: T | None = None
        self._lock = threading.Lock()

    def advance(self, steps: int = 1, seconds: float = MOMENT) -> int:
        """Compute up to ``steps`` steps, as many as begin within ``seconds``; how many they were, at least one.

        More than ``MOMENT`` seconds are several calls, between which others have their turns. Raises BusyError on a
        full queue, and what a step raises.
        """
        end, done = time.perf_counter() + seconds, 0
        with self._lock:
            while done < steps and (not done or time.perf_counter() < end):
                left = min(MOMENT, end - time.perf_counter())
                done += get_runtime().run(partial(self._advance, min(CALL, steps - done), left))
        return done

    def inspect(self, function: Callable[[T], R]) -> R:
        """What ``function`` makes of the training as it is: pictures of weights, a prediction. On the worker."""
        with self._lock:
            return get_runtime().run(lambda: self._inside(lambda: function(self._built())))

    def run(self, steps: int, preview: Callable[[T], Any] | None = None, every: int = 10) -> Steps[T]:
        """The same as long work: up to step number ``steps``, with a record about every ``MOMENT`` seconds.

        For a job's worker alone. ``preview`` is made at every ``every``-th record and at the last.
        """
        records = 0
        while self.steps < steps:
            self._advance(min(CALL, steps - self.steps), MOMENT)
            records += 1
            last = self.steps >= steps
            drawn = None
            if preview is not None and (last or records % every == 1):
                yield PAUSE
                drawn = self._inside(partial(preview, self._built()))
            yield Progress(
                self.steps, steps, f"Step {self.steps:,} of {steps:,}", dict(self.metrics[-1][1]), preview=drawn
            )
        return self._built()

    def _advance(self, most: int, seconds: float) -> int:
        """On the worker: at least one step."""

        def steps() -> int:
            training, done, end = self._built(), 0, time.perf_counter() + seconds
            while not done or (done < most and time.perf_counter() < end):
                self._record(training.step())
                done += 1
            return done

        return self._inside(steps)

    def _record(self, metrics: Mapping[str, float]) -> None:
        self.steps += 1
        if self.steps % self._every and self.metrics:
            return
        self.metrics.append((self.steps, metrics))
        if len(self.metrics) >= self.KEPT:
            self.metrics, self._every = self.metrics[1::2], 2 * self._every

    def _built(self) -> T:
        if self._training is None:
            self._training = self._make(get_runtime().device)
        return self._training

    def _inside(self, function: Callable[[], R]) -> R:
        from zoo.core.rng_state import RandomState

        if self._random is None:
            self._random = RandomState(self._seed, get_runtime().device)
        with self._random.active():
            result: R = function()
        return result


_live: WeakSet[LiveTraining[Any]] = WeakSet()
