"""Long work as an iterator of progress records.

It is a generator that yields a ``Progress`` about every 200 milliseconds at least, and returns its result. The
runtime's worker alone advances and closes it.

A generator that is closed early may return what it has by then, as a training does: it catches ``GeneratorExit`` and
returns a result, without another step. Its job is then done, with that result.
"""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True)
class Progress:
    """The state of a job after one step.

    ``step`` counts from 1 up to ``total`` (None if it is unknown). ``metrics``: values to plot. ``preview``: an
    intermediate result, such as a picture or a text. ``elapsed``: seconds since the first step, set by the job.
    """

    step: int
    total: int | None = None
    message: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    preview: object | None = None
    elapsed: float = 0.0

    @property
    def eta_seconds(self) -> float | None:
        """The time left at the pace so far, other jobs' steps included; None while it is unknown."""
        if self.total is None or self.step <= 0:
            return None
        return self.elapsed / self.step * max(0, self.total - self.step)

    def as_dict(self) -> dict[str, Any]:
        """All but the preview, ready for JSON, which has no NaN and no infinity: those become None."""
        metrics = {name: float(value) if math.isfinite(value) else None for name, value in self.metrics.items()}
        return {
            "step": self.step,
            "total": self.total,
            "message": self.message,
            "metrics": metrics,
            "elapsed": self.elapsed,
            "eta_seconds": self.eta_seconds,
        }


PAUSE = Progress(0)  # yielded within a step that takes long: others have their turn, and nobody is told
Steps: TypeAlias = Generator[Progress, None, R]


def run_to_completion(steps: Steps[R], progress: Callable[[Progress], None] | None = None) -> R:
    """Advance long work to its end in this thread, with ``progress`` called at each record; its result."""
    while True:
        try:
            record = next(steps)
        except StopIteration as stop:
            result: R = stop.value
            return result
        if progress and record is not PAUSE:
            progress(record)


def close_steps(steps: Steps[R]) -> R | None:
    """End long work early; what it returns then, None if it has nothing. As ``close()`` is from Python 3.13 on."""
    try:
        steps.throw(GeneratorExit)
    except StopIteration as stop:
        result: R = stop.value
        return result
    except GeneratorExit:
        return None
    steps.close()  # raises RuntimeError: it went on
    return None


def mapped(
    steps: Steps[R], result: Callable[[R], S], record: Callable[[Progress], Progress] = lambda record: record
) -> Steps[S]:
    """The same steps with other records, and another result, also of steps that are closed early and return one."""
    try:
        while True:
            yield record(next(steps))
    except StopIteration as stop:
        return result(stop.value)
    except GeneratorExit:
        early = close_steps(steps)
        if early is None:
            raise
        return result(early)


def within(steps: Steps[R], low: float, high: float, total: int = 1000) -> Steps[R]:
    """The same steps as a part of longer work: they count from ``low`` to ``high``, of ``total``."""

    def placed(record: Progress) -> Progress:
        part = record.step / record.total if record.total else 0.0
        done = round(low + (high - low) * min(1.0, part))
        return record if record is PAUSE else replace(record, step=done, total=total)

    return mapped(steps, lambda result: result, placed)


def with_rng_state(build: Callable[[], Steps[R]], seed: int, device: str) -> Steps[R]:
    """The same steps, each computed under their own random state; ``build`` is called at the first step.

    Raises ``RuntimeError`` at a step that yields inside a block such as ``torch.no_grad()``: torch keeps these modes
    per thread, so the next job's step would be computed under it.
    """
    from zoo.core.rng_state import RandomState, check_modes

    state = RandomState(seed, device)
    with state.active():
        steps = build()
    try:
        while True:
            with state.active():
                progress = next(steps)
            check_modes(device)
            yield progress
    except StopIteration as stop:
        result: R = stop.value
        return result
    except GeneratorExit:
        with state.active():
            early = close_steps(steps)
        if early is None:
            raise
        return early
    finally:
        steps.close()
