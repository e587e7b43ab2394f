"""How much work may wait for the runtime's worker, and when whoever finds its queue full should ask again."""

from collections import deque
from collections.abc import Collection
from statistics import fmean
from typing import Any

from zoo.core.errors import BusyError
from zoo.core.jobs import Job

RECENT = 256  # predictions that means are computed over
RECENT_JOBS = 8  # jobs that the wait of the next is estimated from
FULL = "The queue is full: try again in a moment."


class Admission:
    """At most ``max_queue`` predictions wait, and as many jobs; ``max_active`` jobs take turns.

    Jobs without an owner, as the API's are, leave a quarter of the queue to the visitors of the pages, and are taken
    only where they are expected to start within ``max_wait`` seconds: no client should give up before its result.
    Whoever calls holds the lock of the queues.
    """

    def __init__(self, max_queue: int, max_active: int, max_wait: float) -> None:
        self.max_queue, self.max_active, self.max_wait = max_queue, max_active, max_wait
        self.runs: deque[float] = deque(maxlen=RECENT)
        self.durations: deque[float] = deque(maxlen=RECENT_JOBS)

    def check(self, waiting: Collection[object]) -> None:
        """Raise BusyError where one more prediction, or job, is too much beside those that wait."""
        if len(waiting) >= self.max_queue:
            raise BusyError(FULL, max(1.0, len(waiting) * fmean(self.runs or [0.1])))

    def check_job(self, active: Collection[Job[Any]], queued: Collection[Job[Any]], owner: str | None) -> None:
        """The same for a job beside those that take turns and those that wait."""
        self.check(queued)
        if owner is None and (
            len(queued) >= self.max_queue - self.max_queue // 4
            or self._expected(len(active), len(queued)) > self.max_wait
        ):
            etas = [job.latest.eta_seconds for job in active if job.latest]
            raise BusyError(FULL, max(1.0, min((eta for eta in etas if eta is not None), default=30.0)))

    def _expected(self, active: int, queued: int) -> float:
        """Seconds until a job that is queued now would start, if those before it are as long as the longest of late."""
        if active < self.max_active:
            return 0.0
        return max(self.durations, default=0.0) * (queued + 1) / self.max_active
