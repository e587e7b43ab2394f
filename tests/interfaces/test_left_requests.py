"""Requests that are left, that take too long, or that are too many; none of them holds up the rest."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from tests.core.runtimes import PATIENCE
from tests.event_loops import in_new_loop
from tests.interfaces.web import PNG
from zoo.api import events, work
from zoo.api.app import app
from zoo.core.byte_budget import ByteBudget
from zoo.core.cancellation import check_cancelled
from zoo.core.errors import InputError
from zoo.core.operations import Operation
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.core.steps import Progress, Steps

PREDICTION, JOB = "/v1/sentiment", "/v1/generate"


@dataclass
class Asked:
    """A request under way: its client leaves when told, and what it was answered."""

    left: asyncio.Event
    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()


def ask(path: str, text: str = "good", **fields: str) -> tuple["asyncio.Task[None]", Asked]:
    """Begin a request of a form."""
    body = urlencode({"text": text, **fields}).encode()
    return send(path, body, "application/x-www-form-urlencoded")


def send(path: str, body: bytes, mime: str, method: str = "POST") -> tuple["asyncio.Task[None]", Asked]:
    asked, received = Asked(asyncio.Event()), False

    async def receive() -> Message:
        nonlocal received
        if not received:
            received = True
            return {"type": "http.request", "body": body}
        await asked.left.wait()
        return {"type": "http.disconnect"}

    async def answer(message: Message) -> None:
        asked.messages.append(message)

    path, _, query = path.partition("?")
    headers = [(b"content-type", mime.encode()), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": method, "path": path}
    scope |= {"query_string": query.encode(), "headers": headers, "app": app, "scheme": "http", "http_version": "1.1"}
    return asyncio.ensure_future(app(scope, receive, answer)), asked


async def until(condition: Callable[[], object]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.fixture
def use_pool(monkeypatch: pytest.MonkeyPatch) -> Callable[..., work.Pool]:
    def use(**settings: Any) -> work.Pool:
        pool = work.Pool(**{"threads": 1, "queue": 2} | settings)
        monkeypatch.setattr(work, "pool", lambda: pool)
        return pool

    return use


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    before, runtime = get_runtime(), Runtime(lambda name: pytest.fail(name), device="cpu", budget_bytes=1000)
    set_runtime(runtime)
    yield runtime
    set_runtime(before)
    runtime.stop()


@dataclass
class Held:
    """Calls of an operation, which last until they are told, or until nobody waits for them."""

    leave: threading.Event = field(default_factory=threading.Event)
    entered: int = 0
    ended: int = 0

    def predict(self, *inputs: Any, **extra: Any) -> Any:
        self.entered += 1
        try:
            while not self.leave.wait(0.001):
                check_cancelled()
        finally:
            self.ended += 1
        raise InputError("Told.")

    def job(self, *inputs: Any, **extra: Any) -> Steps[Any]:
        self.entered += 1
        try:
            while not self.leave.is_set():
                threading.Event().wait(0.001)
                yield Progress(1, message="going")
        finally:
            self.ended += 1
        raise InputError("Told.")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> Iterator[Held]:
    held = Held()
    monkeypatch.setattr(Operation, "load", lambda self: held.job if self.job else held.predict)
    yield held
    held.leave.set()


def test_a_prediction_that_is_left_stops(held: Held, use_pool: Any) -> None:
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
        await until(lambda: held.ended == 1)
        assert runtime.stats().active_jobs == 0

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


def test_calls_keep_their_order() -> None:
    order: list[int] = []

    async def check() -> None:
        pool = work.Pool(1, 100)
        await asyncio.gather(*(pool.run(order.append, number) for number in range(20)))

    in_new_loop(check())
    assert order == list(range(20))
