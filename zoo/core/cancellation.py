"""Whether whoever asked for some work still waits for it: long work asks between its steps.

A ``Cancellation`` is current inside its ``run``, and in the calls that the runtime's worker makes for it.
"""

import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

from zoo.core.errors import CancelledJob

T = TypeVar("T")
LEFT = "The request was left before it had an answer. Send it again if you want one."


class Cancellation:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self.cancelled = False
        self._listeners: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def run(self, call: Callable[[], T]) -> T:
        """Make a call in which this is current. Raises CancelledJob if it is cancelled already."""

        def current() -> T:
            _current.set(self)
            check_cancelled()
            return call()

        return copy_context().run(current)

    def cancel(self) -> None:
        """End the work at its next step, and call each listener."""
        with self._lock:
            self.cancelled = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call ``listener`` once cancelled, at once if it is; returns what stops that."""
        with self._lock:
            if not self.cancelled:
                self._listeners.append(listener)
                return lambda: self._forget(listener)
        listener()
        return lambda: None

    def _forget(self, listener: Callable[[], object]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def check_cancelled() -> None:
    """Raise CancelledJob where the current work was cancelled."""
    current = _current.get()
    if current is not None and current.cancelled:
        raise CancelledJob(LEFT)


def on_cancel(listener: Callable[[], object]) -> Callable[[], None]:
    """Call ``listener`` once the current work is cancelled; returns what stops that."""
    current = _current.get()
    return current.listen(listener) if current is not None else lambda: None
