"""Brief predictions go from the event loop to the runtime's worker, and are left and limited as all others."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.core.runtimes import PATIENCE, Weights
from tests.event_loops import in_new_loop
from tests.interfaces.requests_under_way import PREDICTION, Held, ask, until
from zoo.core.errors import InputError
from zoo.core.operations import Operation
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.exhibits import EXHIBITS

MODEL = "tweet-lstm"


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """A runtime that can load any model."""
    before, runtime = get_runtime(), Runtime(lambda name: Weights(), device="cpu")
    set_runtime(runtime)
    yield runtime
    set_runtime(before)
    runtime.stop()


@pytest.fixture
def computed_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of the thread of each call, which ends at once."""
    names: list[str] = []

    def predict(*inputs: Any, **extra: Any) -> Any:
        names.append(threading.current_thread().name)
        raise InputError("Told.")

    monkeypatch.setattr(Operation, "load", lambda self: predict)
    return names


def loaded(runtime: Runtime) -> None:
    runtime.load(MODEL)


def loaded_with_one_waiting(runtime: Runtime) -> None:
    runtime.load(MODEL)
    runtime._predictions.append(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prepare", "thread"),
    [(lambda runtime: None, "zoo-api"), (loaded, "zoo-worker"), (loaded_with_one_waiting, "zoo-api")],
    ids=["not in memory", "in memory", "others wait"],
)
def test_it_is_computed_by_the_worker_alone_where_that_is_free(
    runtime: Runtime, computed_by: list[str], use_pool: Any, prepare: Callable[[Runtime], None], thread: str
) -> None:
    use_pool()
    prepare(runtime)

    async def check() -> None:
        task, asked = ask(PREDICTION, model=MODEL)
        await task
        assert (asked.status, json.loads(asked.body)["detail"]) == (422, "Told.")

    in_new_loop(check())
    [name] = computed_by
    assert name.startswith(thread)


def test_one_that_waits_for_a_page_is_withdrawn_when_it_is_left(held: Held, runtime: Runtime, use_pool: Any) -> None:
    runtime.load(MODEL)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait(PATIENCE)

    async def check() -> None:
        use_pool()
        page = asyncio.ensure_future(asyncio.to_thread(runtime.run, hold))
        await until(entered.is_set)
        task, waiting = ask(PREDICTION)
        await until(lambda: runtime.stats().queue_length == 1)
        waiting.left.set()
        await task
        assert runtime.stats().queue_length == 0
        leave.set()
        await page

    in_new_loop(check())
    assert held.entered == 0


def test_it_overtakes_no_other_request(held: Held, runtime: Runtime, use_pool: Any) -> None:
    runtime.load(MODEL)

    async def check() -> None:
        use_pool(threads=2)
        first, _ = ask(PREDICTION)
        await until(lambda: held.entered == 1)
        second, _ = ask(PREDICTION)
        await until(lambda: held.entered == 2)  # in the pool: the worker is occupied
        assert runtime.stats().queue_length == 0
        held.leave.set()
        await asyncio.gather(first, second)

    in_new_loop(check())


def test_one_that_takes_too_long_is_answered_with_504_and_ends(held: Held, runtime: Runtime, use_pool: Any) -> None:
    runtime.load(MODEL)

    async def check() -> None:
        use_pool(seconds=0.05)
        task, asked = ask(PREDICTION)
        await task
        assert asked.status == 504
        await until(lambda: held.ended == held.entered == 1)

    in_new_loop(check())


def test_only_operations_on_texts_that_choose_their_models_are_brief() -> None:
    brief = [operation for exhibit in EXHIBITS for operation in exhibit.operations if operation.brief]
    assert brief
    for operation in brief:
        assert not operation.job
        assert all(each.kind == "text" for each in operation.inputs)
        assert operation.knobs.model_fields["model"].annotation == list[str]
