"""Times of several calls, taken in turn in one run."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 30


def milliseconds(*calls: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The median of each, taken in turn, so that a drifting machine slows all alike."""
    times: list[list[float]] = [[] for _ in calls]
    for round_ in range(rounds + 3):
        for call, spent in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if round_ >= 3:  # the first ones warm up
                spent.append(1000 * (time.perf_counter() - start))
    return [statistics.median(spent) for spent in times]
