"""What a job of many steps reports on its way, and what comes of it, without a runtime."""

from typing import TypeVar

from zoo.core.steps import Progress, Steps, run_to_completion

T = TypeVar("T")


def walked(steps: Steps[T]) -> tuple[list[Progress], T]:
    """All reports, without pauses, and the result."""
    reports: list[Progress] = []
    result = run_to_completion(steps, reports.append)
    return reports, result
