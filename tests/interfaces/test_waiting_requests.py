"""Requests that take too long, or that are too many; none of them holds up the rest."""

import asyncio
import json
import threading
from typing import Any

import pytest

from tests.event_loops import in_new_loop
from tests.interfaces.requests_under_way import JOB, PREDICTION, Asked, Held, ask, send, until
from tests.interfaces.web import PNG
from zoo.api import work
from zoo.core.byte_budget import ByteBudget
from zoo.core.runtime import Runtime, set_runtime


@pytest.mark.parametrize("path", [PREDICTION, JOB])
def test_what_takes_too_long_is_answered_with_504_and_ends(held: Held, use_pool: Any, path: str) -> None:
    async def check() -> None:
        use_pool(seconds=0.05)
        task, asked = ask(path)
        await task
        assert (asked.status, asked.headers["content-type"]) == (504, "application/problem+json")
        assert "0.05 seconds" in json.loads(asked.body)["detail"]
        await until(lambda: held.ended == held.entered)

    in_new_loop(check())


@pytest.mark.parametrize("path", [PREDICTION, JOB, f"{JOB}?format=events", "/v1/models/resnet-18/architecture"])
def test_a_full_line_is_answered_with_429_before_any_answer_begins(held: Held, use_pool: Any, path: str) -> None:
    async def check() -> None:
        pool = use_pool()
        waiting = [ask(PREDICTION)[0] for _ in range(3)]
        await until(lambda: pool.inside == 3)
        task, asked = ask(path) if "architecture" not in path else send(path, b"", "text/plain", "GET")
        await task
        assert (asked.status, asked.headers["content-type"]) == (429, "application/problem+json")
        assert int(asked.headers["retry-after"]) >= 1
        held.leave.set()
        await asyncio.gather(*waiting)

    in_new_loop(check())


@pytest.mark.parametrize("wanted", ["json", "events"])
def test_too_many_jobs_are_answered_with_429(held: Held, use_pool: Any, wanted: str) -> None:
    async def check() -> None:
        use_pool()
        runtime = Runtime(lambda name: pytest.fail(name), device="cpu", max_queue=1, max_active_jobs=1)
        set_runtime(runtime)
        waiting = []
        waiting.append(ask(JOB)[0])
        await until(lambda: runtime.stats().active_jobs == 1)
        waiting.append(ask(JOB)[0])
        await until(lambda: runtime.stats().queued_jobs == 1)
        task, asked = ask(f"{JOB}?format={wanted}")
        await task
        assert (asked.status, asked.headers["content-type"]) == (429, "application/problem+json")
        held.leave.set()
        await asyncio.gather(*waiting)
        await asyncio.to_thread(runtime.stop)

    in_new_loop(check())


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready", "/v1/models", "/v1/stats"])
def test_the_state_of_the_server_is_never_behind_the_line(held: Held, use_pool: Any, path: str) -> None:
    async def check() -> None:
        pool = use_pool()
        waiting = [ask(PREDICTION)[0] for _ in range(3)]
        await until(lambda: pool.inside == 3)
        task, asked = send(path, b"", "text/plain", "GET")
        await task
        assert asked.status == 200
        held.leave.set()
        await asyncio.gather(*waiting)

    in_new_loop(check())


def test_no_thread_waits_for_a_job_or_for_a_place(held: Held, use_pool: Any) -> None:
    async def check() -> None:
        pool = use_pool(threads=2, queue=100)
        first = [ask(f"{JOB}?format=events")[0], ask(JOB)[0], ask(PREDICTION)[0], ask(PREDICTION)[0]]
        await until(lambda: held.entered == 4)
        threads = threading.active_count()
        more = [ask(JOB)[0] for _ in range(20)] + [ask(PREDICTION)[0] for _ in range(20)]
        await until(lambda: pool.inside == 42)
        assert threading.active_count() <= threads
        held.leave.set()
        await asyncio.gather(*first, *more)

    in_new_loop(check())


def multipart(data: bytes) -> tuple[bytes, str]:
    head = b'--frame\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    return head + data + b"\r\n--frame--\r\n", "multipart/form-data; boundary=frame"


def test_pictures_wait_undecoded_for_memory(held: Held, use_pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And are dropped where they wait when their client leaves."""
    budget = ByteBudget(1)
    monkeypatch.setattr("zoo.api.uploads.decoding_budget", lambda: budget)

    async def check() -> None:
        pool = use_pool(threads=3, queue=100)
        first, _ = send("/v1/classify", *multipart(PNG))
        await until(lambda: held.entered == 1)
        kept = budget.used
        assert kept > 0
        tasks = [send("/v1/classify", *multipart(PNG)) for _ in range(5)]
        await until(lambda: len(budget._waiting) == 5)
        assert (budget.used, held.entered) == (kept, 1)
        tasks[0][1].left.set()
        await tasks[0][0]
        await until(lambda: len(budget._waiting) == 4)
        held.leave.set()
        await asyncio.gather(first, *(task for task, _ in tasks))
        assert held.entered == 5
        assert (budget.used, pool.inside) == (0, 0)

    in_new_loop(check())


@pytest.mark.parametrize("wanted", ["json", "events"])
def test_a_mistake_of_the_user_is_not_logged(
    held: Held, use_pool: Any, wanted: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def check() -> Asked:
        use_pool()
        held.leave.set()
        task, asked = ask(f"{JOB}?format={wanted}")
        await task
        return asked

    assert "Told." in in_new_loop(check()).body
    assert not caplog.records


def test_calls_keep_their_order() -> None:
    order: list[int] = []

    async def check() -> None:
        pool = work.Pool(1, 100)
        await asyncio.gather(*(pool.run(order.append, number) for number in range(20)))

    in_new_loop(check())
    assert order == list(range(20))
