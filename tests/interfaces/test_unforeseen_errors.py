"""An unforeseen error is a sentence with an id under which the log holds it, wherever it happens."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.interfaces.console import CHELSEA, Zoo
from tests.interfaces.web import PNG, detail_of
from zoo.api.app import app
from zoo.core.errors import InputError
from zoo.core.operations import Operation
from zoo.core.steps import Progress, Steps
from zoo.exhibits import OPERATIONS

SECRET = "a secret"
JOBS = [operation for operation in OPERATIONS if operation.command in ("generate", "classify-explanations")]
PREDICTIONS = [operation for operation in OPERATIONS if operation.command in ("classify-heat-map", "sentiment")]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Operation, Exception], None]:
    """Let an operation's function raise, a job's after one step."""

    def breaks(operation: Operation, error: Exception) -> None:
        def predict(*inputs: Any, **extra: Any) -> Any:
            raise error

        def job(*inputs: Any, **extra: Any) -> Steps[Any]:
            yield Progress(1, 2)
            raise error

        function = job if operation.job else predict
        monkeypatch.setattr(Operation, "load", lambda self: function)

    return breaks


def sent(operation: Operation) -> dict[str, Any]:
    (kind,) = operation.inputs
    return {"data": {"text": "good"}} if kind.kind == "text" else {"files": {kind.name: PNG}}


def events(text: str) -> list[tuple[str, Any]]:
    found = re.findall(r"event: (\w+)\r?\ndata: (.*)", text)
    return [(name, json.loads(data)) for name, data in found]


def assert_logged(problem: dict[str, Any], log: pytest.LogCaptureFixture) -> None:
    assert SECRET not in json.dumps(problem)
    assert problem["status"] == 500
    (record,) = [each for each in log.records if problem["request_id"] in each.getMessage()]
    assert record.exc_info
    assert SECRET in str(record.exc_info[1])


@pytest.mark.parametrize("operation", [*JOBS, *PREDICTIONS], ids=lambda operation: operation.command)
def test_an_answer_is_a_problem(
    client: TestClient, operation: Operation, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken(operation, RuntimeError(SECRET))
    answer = client.post(f"/v1{operation.path}", **sent(operation))
    detail_of(answer, 500)
    assert_logged(answer.json(), caplog)


@pytest.mark.parametrize("operation", JOBS, ids=lambda operation: operation.command)
def test_the_last_event_of_a_stream_is_a_problem(
    client: TestClient, operation: Operation, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken(operation, RuntimeError(SECRET))
    answer = client.post(f"/v1{operation.path}?format=events", **sent(operation))
    assert [name for name, _ in events(answer.text)] == ["progress", "error"]
    assert_logged(events(answer.text)[-1][1], caplog)


def test_a_known_error_in_a_stream_has_its_status(client: TestClient, broken: Any) -> None:
    broken(JOBS[0], InputError("Choose another."))
    answer = client.post(f"/v1{JOBS[0].path}?format=events", **sent(JOBS[0]))
    _, problem = events(answer.text)[-1]
    assert (problem["status"], problem["detail"], problem["state"]) == (422, "Choose another.", "failed")


@pytest.mark.parametrize("wanted", ["png", "events"])
def test_a_result_that_cannot_be_drawn_is_a_problem(
    client: TestClient, wanted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    operation = next(each for each in JOBS if each.file)
    assert operation.file is not None

    def render(result: Any) -> bytes:
        raise RuntimeError(SECRET)

    monkeypatch.setitem(operation.__dict__, "file", replace(operation.file, render=render))
    answer = client.post(f"/v1{operation.path}?format={wanted}", **sent(operation))
    problem = events(answer.text)[-1][1] if wanted == "events" else answer.json()
    assert_logged(problem, caplog)


@pytest.mark.parametrize("operation", [*JOBS[:1], *PREDICTIONS], ids=lambda operation: operation.command)
def test_a_command_prints_a_sentence_and_writes_the_details_to_a_file(
    zoo: Zoo, operation: Operation, broken: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broken(operation, RuntimeError(SECRET))
    done = zoo(operation.command, "good" if operation.inputs[0].kind == "text" else CHELSEA)
    (line,) = done.err.splitlines()
    assert done.out == ""
    assert done.status != 0
    assert SECRET not in line
    (file,) = tmp_path.glob("zoo-*.log")
    assert str(file) in line
    assert SECRET in file.read_text()
