"""The longest step of every job: while it is computed, predictions and other jobs wait.

    python -m benchmarks.steps [COMMAND ...]

Each job's example is run twice on the worker, as a request is: the first run loads what it needs. Style is run at its
largest size too.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from tests.interfaces.examples import inputs_and_knobs
from zoo.core.operations import Operation, start
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps
from zoo.exhibits import OPERATIONS, find_operation

LARGEST = 1024  # pixels of the longer side
FEW = 10  # steps, which are alike


@dataclass(frozen=True)
class Case:
    """An operation with knobs beside those of its example."""

    operation: Operation
    knobs: dict[str, Any]

    @property
    def name(self) -> str:
        return " ".join([self.operation.command, *(f"{name}={value}" for name, value in self.knobs.items())])


@dataclass(frozen=True)
class Longest:
    """Milliseconds of the longest step of a run, which step it is, counted from 1, and how many there are."""

    ms: float
    index: int
    steps: int


def cases() -> list[Case]:
    """Every job that is to be measured; an operation without an example needs a network."""
    found = [Case(operation, {}) for operation in OPERATIONS if operation.job and operation.example]
    style, fast = find_operation("style"), find_operation("style-fast")
    found += [Case(style, {"optimiser": name, "steps": FEW, "size": LARGEST}) for name in ("adam", "lbfgs")]
    return [*found, Case(fast, {"size": LARGEST})]


def timed(steps: Steps[Any], times: list[float]) -> Steps[Any]:
    """The same steps, with the milliseconds of each added to ``times``."""
    while True:
        begun = time.perf_counter()
        try:
            record = next(steps)
        except StopIteration as stop:
            return stop.value
        finally:
            times.append(1000 * (time.perf_counter() - begun))
        yield record


def longest_step(case: Case, folder: Path) -> Longest:
    """Run a job to its end on the worker."""
    operation = case.operation
    inputs, knobs = inputs_and_knobs(operation, folder)
    if not operation.job:
        return longest_call(lambda: start(operation, inputs | knobs | case.knobs, None))
    target = folder / f"result{operation.file.suffix}" if operation.file and operation.file.written else None
    times: list[float] = []
    get_runtime().submit(lambda: timed(start(operation, inputs | knobs | case.knobs, target), times)).result()
    return Longest(max(times), 1 + times.index(max(times)), len(times))


def longest_call(predict: Callable[[], object]) -> Longest:
    """Of a prediction in several calls of the worker, as a fast style is."""
    runtime, times = get_runtime(), []
    run = runtime.run

    def timed_run(*arguments: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return run(*arguments, **options)
        finally:
            times.append(1000 * (time.perf_counter() - begun))

    with patch.object(runtime, "run", timed_run):
        predict()
    return Longest(max(times), 1 + times.index(max(times)), len(times))


def main(wanted: list[str]) -> None:
    """Print the cases, the one with the longest step first."""
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    rows = []
    for case in cases():
        if wanted and case.operation.command not in wanted:
            continue
        with TemporaryDirectory() as folder:
            os.environ["ZOO_DATA"] = folder  # for the models that some jobs make
            first, again = (longest_step(case, Path(folder)) for _ in range(2))
        rows.append((again, first, case.name))
        print(f"{case.name}: {again.ms:.0f} ms, step {again.index} of {again.steps}", file=sys.stderr, flush=True)
    print("| job | longest step, ms | which | first run, ms | which |")
    print("|---|---|---|---|---|")
    for again, first, name in sorted(rows, key=lambda row: -row[0].ms):
        print(f"| {name} | {again.ms:.0f} | {again.index} of {again.steps} | {first.ms:.0f} | {first.index} |")
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
