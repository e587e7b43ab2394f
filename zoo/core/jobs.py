"""Work on the runtime's worker: calls that wait for their turn, and the handle of long work.

Pages, the API and the command line watch and cancel long work (see ``zoo.core.steps``) through its ``Job``.
"""

import logging
import secrets
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any, Generic, Literal, TypeVar, cast

from zoo.core.cancellation import check_cancelled, on_cancel
from zoo.core.errors import CancelledJob, ZooError
from zoo.core.steps import PAUSE, Progress, Steps, close_steps

R = TypeVar("R")
State = Literal["queued", "running", "done", "failed", "cancelled"]
HISTORY = 1000  # records of a job that are kept
CANCELLED = "The job was cancelled before it had a result. Start it again if you want one."

logger = logging.getLogger(__name__)


class PendingCall(Generic[R]):
    """A call that waits for its turn on the worker: a job of one step.

    It is made in the caller's context, so that it can ask whether the caller still waits for it.
    """

    def __init__(self, call: Callable[[], R]) -> None:
        self._call: Callable[[], R] | None = partial(copy_context().run, call)
        self.outcome: Future[R] = Future()
        self._asked = time.perf_counter()

    def result(self) -> R:
        """Wait for what the call returns, or raise what it raised. An interrupted caller withdraws it.

        Raises CancelledJob when the caller's work is cancelled: at once while the call waits, else after it.
        """
        forget = on_cancel(self.outcome.cancel)
        try:
            return self.outcome.result()
        except CancelledError:
            check_cancelled()
            raise
        finally:
            forget()
            self.outcome.cancel()

    def refuse(self, error: Exception) -> None:
        """Raise ``error`` at the caller instead of making the call."""
        if self.outcome.set_running_or_notify_cancel():
            self.outcome.set_exception(error)

    def serve(self, account: Callable[[float, float], None]) -> None:
        """Make the call and ``account`` for the seconds waited and run. For the worker alone; never raises."""
        if self._call is None or not self.outcome.set_running_or_notify_cancel():
            return
        started = time.perf_counter()
        try:
            settle = partial(self.outcome.set_result, self._call())
        except BaseException as error:  # SystemExit in one call must not end the worker
            settle = partial(self.outcome.set_exception, error)
        self._call = None  # drops the models, which the caller may evict once it has the outcome
        account(started - self._asked, time.perf_counter() - started)
        settle()


class Job(Generic[R]):
    """The handle of long work. Safe to read from any thread.

    ``position``: how many jobs must end before this one may start; 0 when it runs or is about to.
    """

    def __init__(
        self,
        steps: Steps[R],
        *,
        title: str = "",
        owner: str | None = None,
        on_end: Callable[["Job[Any]"], None] | None = None,
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.title = title
        self.owner = owner
        self.state: State = "queued"
        self.position = 0
        self.error: BaseException | None = None
        self._steps: Steps[R] | None = steps
        self._on_end = on_end
        self._result: R | None = None
        self._history: deque[Progress] = deque(maxlen=HISTORY)
        self._count = 0
        self._started: float | None = None
        self._cancel = threading.Event()
        self._reason: ZooError = CancelledJob(CANCELLED)
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], object]] = []

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def seconds(self) -> float | None:
        """Seconds since its first step; None before it."""
        return None if self._started is None else time.perf_counter() - self._started

    @property
    def cancelling(self) -> bool:
        """Whether ``cancel()`` was called and the worker has not acted on it yet."""
        return self._cancel.is_set() and not self.ended

    @property
    def history(self) -> tuple[Progress, ...]:
        """The last records, oldest first. Only the very last keeps its preview, which bounds the memory."""
        with self._changed:
            return tuple(self._history)

    @property
    def latest(self) -> Progress | None:
        with self._changed:
            return self._history[-1] if self._history else None

    def cancel(self, reason: ZooError | None = None) -> None:
        """Ask the job to end. The step being computed is the last one; without effect once the job has ended.

        ``reason``: what ``result`` raises, where nobody asked for the end of the job.
        """
        if reason is not None and not self._cancel.is_set():
            self._reason = reason
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended, at most ``timeout`` seconds; returns whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self.ended, timeout)

    def result(self, timeout: float | None = None) -> R:
        """Wait for what the steps return.

        Raises what they raised, ``CancelledJob`` if the job was cancelled, ``TimeoutError`` after ``timeout`` seconds.
        """
        if not self.wait(timeout):
            raise TimeoutError(f"The job has not ended within {timeout} seconds. Wait longer, or cancel it.")
        if self.error is not None:
            raise self.error
        return cast(R, self._result)

    def on_change(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call ``listener`` in the worker's thread at each record and at the end; returns what stops that."""
        with self._changed:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def _forget(self, listener: Callable[[], object]) -> None:
        with self._changed:
            self._listeners.remove(listener)

    def _notify(self) -> None:
        """Wake those who wait in threads, then those who listen. With the lock held."""
        self._changed.notify_all()
        for listener in self._listeners:
            listener()

    def since(self, count: int, timeout: float | None = None) -> tuple[int, list[Progress]]:
        """How many records there are by now, and those after the first ``count`` that are still in the history.

        Waits for one, at most ``timeout`` seconds. No record: the time is up, or the job has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._count > count or self.ended, timeout)
            new = self._count - count
            return self._count, list(self._history)[-new:] if new > 0 else []

    def updates(self) -> Iterator[Progress]:
        """Every record, as it comes, until the job ends. A reader that is more than the history behind misses some."""
        count, records = self.since(0)
        while records:
            yield from records
            count, records = self.since(count)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON. Without the owner, which is a visitor's secret."""
        latest = self.latest
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "position": self.position,
            "latest": latest.as_dict() if latest else None,
            "error": _sentence(self.error) if self.error else None,
        }

    def advance(self) -> None:
        """Compute one step, or close the steps if the job is to be cancelled. For the worker alone; never raises.

        Closed steps that return a result end the job as done, unless it ends for another reason than a wish.
        """
        if self._steps is None:
            return
        if self._started is None:
            self._started, self.state = time.perf_counter(), "running"
        try:
            if self._cancel.is_set():
                result = close_steps(self._steps)
                if result is None or not isinstance(self._reason, CancelledJob):
                    raise self._reason
                self._end("done", result=result)
                return
            self._record(next(self._steps))
        except StopIteration as stop:
            self._end("done", result=stop.value)
        except CancelledJob as error:
            self._end("cancelled", error=error)
        except BaseException as error:  # SystemExit in one job must not end the worker
            if not isinstance(error, ZooError):  # a sentence for the user
                logger.exception("job %s (%s) failed", self.id, self.title)
            self._end("failed", error=error)

    def _record(self, progress: Progress) -> None:
        if progress is PAUSE:
            return
        progress = replace(progress, elapsed=time.perf_counter() - (self._started or 0.0))
        with self._changed:
            if self._history:
                self._history[-1] = replace(self._history[-1], preview=None)
            self._history.append(progress)
            self._count += 1
            self._notify()

    def _end(self, state: State, *, result: R | None = None, error: BaseException | None = None) -> None:
        # A traceback keeps every local of its frames alive, evicted models among them.
        cause = error
        while cause is not None:
            traceback.clear_frames(cause.__traceback__)
            cause = cause.__cause__ or cause.__context__
        self._steps = None
        try:
            if self._on_end is not None:
                self._on_end(self)
        except Exception:
            logger.exception("job %s (%s) ended, but what follows its end failed", self.id, self.title)
        with self._changed:
            self._result, self.error, self.state, self.position = result, error, state, 0
            self._notify()


def _sentence(error: BaseException) -> str:
    if isinstance(error, ZooError):
        return str(error)
    return f"The job failed with an unexpected error ({type(error).__name__}): start it again."
