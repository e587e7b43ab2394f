"""Memory that several threads and requests share: each holds some bytes of it, and waits in order until they are free.

It bounds what pictures and sounds take while they are decoded and used: a file of 100 kB may hold 40 megapixels.
"""

import ctypes
import gc
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from zoo.core.cancellation import check_cancelled, on_cancel
from zoo.core.settings import Settings


class Hold:
    """Some bytes of a budget. ``granted`` is done once they are free; ``release()`` gives them back, at any time."""

    def __init__(self, budget: "ByteBudget", count: int) -> None:
        self.count = count
        self.granted: Future[None] = Future()
        self._budget = budget

    def resize(self, count: int) -> None:
        """Hold another number of bytes, at once: what was estimated is known by now."""
        self._budget.change(self, count)

    def release(self) -> None:
        self._budget.release(self)


class ByteBudget:
    """``total`` bytes. A hold of more than that is granted when it is alone, so that it waits but is never refused."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._held: set[Hold] = set()
        self._waiting: deque[Hold] = deque()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """The bytes that are held."""
        with self._lock:
            return sum(hold.count for hold in self._held)

    def ask(self, count: int) -> Hold:
        """Ask for bytes, behind all who wait already. The hold must be released."""
        hold = Hold(self, count)
        with self._lock:
            self._waiting.append(hold)
            self._grant()
        return hold

    @contextmanager
    def holding(self, count: int) -> Iterator[None]:
        """Hold bytes inside the block; the thread waits for them. Raises CancelledJob when the work is cancelled."""
        hold = self.ask(count)
        forget = on_cancel(hold.release)
        try:
            hold.granted.result()
            yield
        except CancelledError:
            check_cancelled()
            raise
        finally:
            forget()
            hold.release()

    def change(self, hold: Hold, count: int) -> None:
        with self._lock:
            hold.count = count
            self._grant()

    def release(self, hold: Hold) -> None:
        with self._lock:
            self._held.discard(hold)
            if hold in self._waiting:
                self._waiting.remove(hold)
            hold.granted.cancel()  # without effect once it is done
            self._grant()

    def _grant(self) -> None:
        used = sum(hold.count for hold in self._held)
        while self._waiting and (not used or used + self._waiting[0].count <= self.total):
            hold = self._waiting.popleft()
            if hold.granted.set_running_or_notify_cancel():
                used += hold.count
                self._held.add(hold)
                hold.granted.set_result(None)


@cache
def decoding_budget() -> ByteBudget:
    """The budget of this process for decoded pictures and sounds."""
    return ByteBudget(int(Settings().decoding_mb * 1e6))


_covered: ContextVar[bool] = ContextVar("covered", default=False)


@contextmanager
def covered() -> Iterator[None]:
    """Inside the block, decoding asks for nothing: the caller holds the bytes for it."""
    token = _covered.set(True)
    try:
        yield
    finally:
        _covered.reset(token)


@contextmanager
def decoding(count: int) -> Iterator[None]:
    """Hold the bytes that decoding takes inside the block, and return to the system what it has freed."""
    if _covered.get():
        yield
    else:
        with decoding_budget().holding(count):
            yield


def collect_garbage() -> None:
    """Free what nobody refers to any more, frozen objects too, and return the memory to the system.

    What stays is frozen: the collections that Python begins by itself then visit the new objects alone.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim_memory()


def trim_memory() -> None:
    """Return freed memory to the system, which glibc keeps for itself: up to 300 MB of a large picture a thread."""
    if sys.platform == "linux" and hasattr(_libc(), "malloc_trim"):
        _libc().malloc_trim(0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
