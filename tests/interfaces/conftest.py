"""A pool, a runtime and operations of a test's own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.interfaces.requests_under_way import Held
from zoo.api import work
from zoo.core.operations import Operation
from zoo.core.runtime import Runtime, get_runtime, set_runtime


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


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> Iterator[Held]:
    held = Held()
    monkeypatch.setattr(Operation, "load", lambda self: held.job if self.job else held.predict)
    yield held
    held.leave.set()
