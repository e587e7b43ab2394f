"""Requests that are left: what waits is dropped, what computes stops, and nobody is told of an error."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.core.runtimes import PATIENCE
from tests.event_loops import in_new_loop
from tests.interfaces.requests_under_way import JOB, PREDICTION, Held, ask, until
from zoo.api import events
from zoo.core.errors import InputError
from zoo.core.runtime import Runtime


@pytest.mark.parametrize("on_worker", [False, True])
def test_a_prediction_that_is_left_stops(
    held: Held, use_pool: Any, monkeypatch: pytest.MonkeyPatch, on_worker: bool
) -> None:
    monkeypatch.setattr(Runtime, "is_free_for", lambda self, models: on_worker)

    async def check() -> None:
        pool = use_pool()
        task, asked = ask(PREDICTION)
        await until(lambda: held.entered == 1)
        asked.left.set()
        await task
        await until(lambda: held.ended == 1 and pool.inside == 0)

    in_new_loop(check())


def test_a_waiting_prediction_that_is_left_is_dropped(held: Held, use_pool: Any) -> None:
    async def check() -> None:
        pool = use_pool()
        first, _ = ask(PREDICTION)
        await until(lambda: held.entered == 1)
        second, left = ask(PREDICTION)
        await until(lambda: pool.inside == 2)
        left.left.set()
        await second
        await until(lambda: pool.inside == 1)
        held.leave.set()
        await first
        assert held.entered == 1

    in_new_loop(check())


@pytest.mark.parametrize("wanted", ["json", "events"])
def test_a_job_that_is_left_is_cancelled(held: Held, runtime: Runtime, use_pool: Any, wanted: str) -> None:
    async def check() -> None:
        use_pool()
        task, asked = ask(f"{JOB}?format={wanted}")
        await until(lambda: held.entered == 1)
        asked.left.set()
        await task
        await until(lambda: held.ended == 1 and runtime.stats().active_jobs == 0)

    in_new_loop(check())


class Moving:
    """A job that tells of a record when a test asks it to."""

    ended = cancelled = False

    def on_change(self, listener: Callable[[], object]) -> Callable[[], None]:
        self.tell = listener
        return lambda: None

    def cancel(self) -> None:
        self.cancelled = True


@pytest.mark.parametrize("turns", range(5))
def test_a_job_that_moves_on_as_its_request_ends_is_cancelled(turns: int) -> None:
    async def check() -> None:
        job = Moving()
        waiting = asyncio.ensure_future(events.finished(job))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        job.tell()
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=PATIENCE)
        assert waiting.cancelled()
        assert job.cancelled

    in_new_loop(check())


def test_an_error_after_the_client_left_is_nobodys(use_pool: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is neither logged by asyncio as one that nobody looked at, nor does it end the server."""
    entered, leave = threading.Event(), threading.Event()

    def fails() -> None:
        entered.set()
        leave.wait(PATIENCE)
        raise InputError("Nobody reads this.")

    async def check() -> None:
        running = asyncio.ensure_future(use_pool().run(fails))
        await asyncio.to_thread(entered.wait, PATIENCE)
        running.cancel()
        await asyncio.sleep(0)
        leave.set()
        with pytest.raises(asyncio.CancelledError):
            await running

    in_new_loop(check())
    assert not caplog.records
