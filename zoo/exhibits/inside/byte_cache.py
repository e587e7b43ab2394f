"""What is expensive to compute, kept for all visitors up to a number of bytes; the least recently used goes first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


S = TypeVar("S", bound=Sized)


class ByteCache:
    """``total`` bytes. A value of more than that is returned, and not kept. Safe to use from any thread."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """The bytes that are kept."""
        with self._lock:
            return sum(value.nbytes for value in self._values.values())

    def get(self, key: Hashable, make: Callable[[], S]) -> S:
        """The value of a key, made in this thread where it is not kept. Two who ask at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                kept: S = self._values[key]
                return kept
        made = make()
        with self._lock:
            self._values[key] = made
            self._values.move_to_end(key)
            while sum(value.nbytes for value in self._values.values()) > self.total:
                self._values.popitem(last=False)
        return made


CACHE = ByteCache(256 * 2**20)  # of passes, examples and receptive fields
CALLS = ByteCache(64 * 2**20)  # of single layers, which are quick to compute again
