"""The work of requests: decoded and computed in a bounded pool of threads, waited for in none.

Pages, static files and the server's state are never behind it. A request that is left, or that takes too long, gives up
its place: what waits is dropped, what computes ends at its next step.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

from fastapi import Request
from joblib import cpu_count

from zoo.core.cancellation import LEFT, Cancellation
from zoo.core.errors import BusyError, CancelledJob, TimeLimitError
from zoo.core.runtime import get_runtime
from zoo.core.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
MIN_THREADS = 4
FULL = "Too many requests wait here: try again in a moment."
_answering: set[asyncio.Future[Any]] = set()  # asyncio itself would let go of a task that nobody waits for


class Pool:
    """At most ``threads`` calls are made at a time. ``queue``: how many requests more may wait.

    ``seconds``: until a request is answered that it takes too long.
    """

    def __init__(self, threads: int, queue: int, seconds: float = 300.0) -> None:
        self.seconds = seconds
        self.most = threads + queue
        self.inside = 0
        self._executor = ThreadPoolExecutor(threads, "zoo-api")

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the line inside the block. Raises BusyError when all are taken."""
        if self.inside >= self.most:
            raise BusyError(FULL)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it in a thread once one is free, in the order of asking. Cancelled, it is dropped, or ends at a step."""
        return await _outcome(self._executor.submit, partial(function, *args, **kwargs))


async def run_on_worker(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same on the runtime's worker: see its ``run_soon``."""
    return await _outcome(get_runtime().run_soon, partial(function, *args, **kwargs))


@cache
def pool() -> Pool:
    """The pool of this process."""
    settings = Settings()
    return Pool(settings.api_threads or max(MIN_THREADS, 2 * cpu_count()), settings.api_queue, settings.request_seconds)


async def _outcome(submit: Callable[[Callable[[], T]], Future[T]], function: Callable[[], T]) -> T:
    cancellation = Cancellation()
    call = submit(partial(cancellation.run, function))
    outcome = asyncio.wrap_future(call)
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        cancellation.cancel()
        if not call.cancel():
            outcome.add_done_callback(_forget_outcome)
            await asyncio.wait([outcome])  # what the request holds is in use until then
        raise


async def answered(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns, which is cancelled once its client has left or the operator's time limit is over.

    Raises TimeLimitError, or CancelledJob for a client who is gone.
    """
    seconds = pool().seconds
    task, left = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    _answering.add(task)
    task.add_done_callback(_forget_outcome)
    try:
        await asyncio.wait([task, left], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        if left.done():
            raise CancelledJob(LEFT)
        raise TimeLimitError(
            f"The answer took longer than {seconds:g} seconds: ask for less, or try again when fewer wait."
        )
    finally:
        task.cancel()  # without effect once it is done
        left.cancel()


def _forget_outcome(future: asyncio.Future[Any]) -> None:
    """Without this, asyncio logs an error that nobody is left to be told of."""
    _answering.discard(future)
    if not future.cancelled():
        future.exception()


async def _left(request: Request) -> None:
    """Returns once the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
