"""The schema of the API against what its routes really answer: the status of each error, and the type of each body."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from zoo.api.app import app
from zoo.core.errors import (
    BusyError,
    CancelledJob,
    InputError,
    NotFoundError,
    TimeLimitError,
    TooLargeError,
    UnavailableError,
    ZooError,
)
from zoo.core.operations import Operation
from zoo.exhibits import OPERATIONS, find_operation

SCHEMA = app.openapi()
ROUTES = [(method, path) for path, methods in SCHEMA["paths"].items() for method in methods]
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ERRORS = [BusyError, InputError, NotFoundError, TimeLimitError, TooLargeError, UnavailableError]
RAISING = [find_operation(name) for name in ("sentiment", "generate")]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def declared(method: str, path: str) -> dict[str, Any]:
    responses: dict[str, Any] = SCHEMA["paths"][path][method]["responses"]
    return responses


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_error_is_a_problem_and_each_success_has_a_type(method: str, path: str) -> None:
    for status, response in declared(method, path).items():
        if status == "204" or "Readiness" in str(response):
            continue
        schema = next(iter(response["content"].values()))["schema"]
        assert schema == PROBLEM if status[0] in "45" else schema.keys() & {"$ref", "type"}, status


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_parameter_that_there_is_not_has_a_declared_status(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path.replace("{name}", "resnet-18"), params={"no-such": "1"})
    assert answer.status_code == 422
    assert str(answer.status_code) in declared(method, path)


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, {"content": b"--", "headers": {"Content-Type": "multipart/form-data"}}),
        (413, {"content": b"", "headers": {"Content-Length": "99999999999", "Content-Type": "application/json"}}),
        (415, {"content": b"some words", "headers": {"Content-Type": "text/plain"}}),
        (422, {}),
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_what_is_wrong_with_a_body_has_a_declared_status(
    client: TestClient, operation: Operation, status: int, sent: dict[str, Any]
) -> None:
    if status == 422 and all(each.default is not None for each in operation.inputs):
        sent = {"data": {"no-such": "1"}}
    answer = client.post(f"/v1{operation.path}", **sent)
    assert answer.status_code == status, answer.text
    assert str(status) in declared("post", f"/v1{operation.path}")


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("operation", RAISING, ids=lambda operation: operation.command)
def test_what_an_operation_raises_has_a_declared_status(
    client: TestClient, operation: Operation, error: type[ZooError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(self: Operation) -> Any:
        raise error("It was raised.")

    monkeypatch.setattr(Operation, "load", load)
    answer = client.post(f"/v1{operation.path}", data={"text": "good"})
    assert answer.status_code == error.status
    assert answer.json()["detail"] == "It was raised."
    assert str(error.status) in declared("post", f"/v1{operation.path}")


def test_every_operation_declares_each_error_that_there_is() -> None:
    """But of a cancelled job, whose client has left."""
    statuses = {str(error.status) for error in ZooError.__subclasses__() if error is not CancelledJob}
    for operation in OPERATIONS:
        assert statuses <= declared("post", f"/v1{operation.path}").keys(), operation.command
