"""What a job of many steps reports on its way, and what comes of it, without a runtime."""

from typing import TypeVar

from zoo.core.jobs import Progress, Steps

T = TypeVar("T")


def walked(steps: Steps[T]) -> tuple[list[Progress], T]:
    """All reports, and the result."""
    reports = []
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as stop:
            return reports, stop.value
