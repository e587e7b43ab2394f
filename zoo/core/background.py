"""Work that waits for a disk or a network, beside the worker: a thread of its own does it, and steps watch it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from zoo.core.errors import CancelledJob
from zoo.core.steps import Progress, Steps

T = TypeVar("T")
POLL = 0.05  # seconds between two records


def in_background(work: Callable[[], T], latest: Callable[[], Progress]) -> Steps[T]:
    """Call ``work`` in a thread; yields ``latest()`` until it has ended, then returns what it returned.

    Raises what it raised. Closing the steps does not end the thread: give it work that ends by itself.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # whatever it is belongs to the one who waits
            done.set_exception(error)

    threading.Thread(target=run, name="zoo-background", daemon=True).start()
    while not done.done():
        wait([done], POLL)
        yield latest()
    return done.result()


def advanced_in_background(steps: Steps[T], message: str = "Connecting") -> Steps[T]:
    """The same steps, advanced in a thread: a step may wait for the network, and no prediction waits with it.

    ``message``: of the record until the first step is done.

    Closing it closes ``steps`` after the step that is being computed.
    """
    cancelled, records = threading.Event(), [Progress(0, message=message)]

    def advance() -> T:
        while not cancelled.is_set():
            try:
                records[0] = next(steps)
            except StopIteration as stop:
                result: T = stop.value
                return result
        steps.close()
        raise CancelledJob("It was cancelled. Start it again if you want it.")

    try:
        return (yield from in_background(advance, lambda: records[0]))
    finally:
        cancelled.set()
