"""Random requests and command lines: never a traceback, never status 500, always a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.interfaces.examples import inputs_and_knobs, request
from tests.interfaces.shell import command
from tests.interfaces.web import PNG, detail_of
from zoo.api.app import app
from zoo.core.errors import InputError
from zoo.core.operations import Operation
from zoo.exhibits import OPERATIONS
from zoo.renamed import FIELDS, OPTIONS

BOUNDED = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
EACH = settings(BOUNDED, max_examples=8)  # of each of all operations
QUICK = {
    "classify",
    "sentiment",
    "sentiment-words",
    "translate",
    "augment",
    "generate-perplexity",
    "sound",
    "style-fast",
    "adversarial",
}
LOCAL = [operation for operation in OPERATIONS if operation.command in QUICK]
JUNK = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["", "0", "-1", "true", "null", "[]", "own/..", "torchvision/", "1e400", "\ud800"]),
)
UNKNOWN = st.sampled_from(["x", "top_n", "format", "knobs", "request", "checked", "owner", "target", "output", "self"])


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


@pytest.fixture
def unreached(monkeypatch: pytest.MonkeyPatch) -> None:
    """No operation computes anything: what a request or a command line is made into is under test."""

    def refuse(*inputs: Any, **extra: Any) -> Any:
        raise InputError("It was understood.")

    monkeypatch.setattr(Operation, "load", lambda self: refuse)


def names(operation: Operation) -> st.SearchStrategy[str]:
    """A field of an operation, or another one."""
    known = [*operation.knobs.model_fields, *(kind.name for kind in operation.inputs)]
    return st.sampled_from(known) | UNKNOWN if known else UNKNOWN


def acceptable(answer: Any) -> None:
    if answer.status_code >= 400:
        detail = detail_of(answer, answer.status_code)
        assert answer.status_code in (400, 404, 413, 415, 422)
        assert "<class" not in detail
        assert "Traceback" not in detail


@pytest.mark.usefixtures("unreached")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_requests_with_any_fields(client: TestClient, operation: Operation) -> None:
    @given(st.dictionaries(names(operation), JUNK | st.lists(JUNK, max_size=3), min_size=1, max_size=4), st.booleans())
    @EACH
    def check(fields: dict[str, Any], as_json: bool) -> None:
        kinds = {kind.name: kind for kind in operation.inputs if kind.kind != "text"}
        if as_json:
            body = json.dumps(fields)  # in ASCII, half a surrogate pair too
            acceptable(client.post(f"/v1{operation.path}", content=body, headers={"content-type": "application/json"}))
            return
        files = [(name, PNG) for name in kinds if name not in fields]
        clean = {name: _encodable(value) for name, value in fields.items()}
        acceptable(client.post(f"/v1{operation.path}", data=clean, files=files))

    check()


def _encodable(value: Any) -> Any:
    if isinstance(value, list):
        return [_encodable(entry) for entry in value]
    return value.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("operation", LOCAL, ids=lambda operation: operation.command)
def test_requests_with_one_field_replaced(client: TestClient, operation: Operation, tmp_path: Path) -> None:
    """All else as in the example, so that the value reaches the function where it passes the checks."""
    inputs, knobs = inputs_and_knobs(operation, tmp_path)
    texts = [name for name, field in operation.knobs.model_fields.items() if field.annotation in (str, list[str])]
    if not texts:
        pytest.skip("no knob that is a text")

    @given(st.sampled_from(texts), JUNK)
    @BOUNDED
    def check(name: str, value: str) -> None:
        acceptable(
            client.post(f"/v1{operation.path}", **request(operation, inputs, {**knobs, name: _encodable(value)}))
        )

    check()


@given(st.text(max_size=30), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]))
@BOUNDED
def test_any_address(client: TestClient, path: str, method: str) -> None:
    for prefix in ("/", "/v1/", "/v1/models/", "/v1/own/", "/v1/models/own/", "/v1/models/hub/"):
        if "hub" in prefix and method in ("GET", "HEAD") and "/" in path:
            continue  # asks the network
        address = prefix + quote(_encodable(path))
        answer = client.request(method, address, follow_redirects=False)
        assert answer.status_code in (200, 307, 308, 404, 405, 415, 422), answer.text


@pytest.mark.usefixtures("unreached")
@pytest.mark.parametrize("name", ["list", "example", "evaluate", "own", *(each.command for each in OPERATIONS), "none"])
def test_any_command_line(name: str) -> None:
    operation = next((each for each in OPERATIONS if each.command == name), None)
    knobs = [f"--{each.replace('_', '-')}" for each in operation.knobs.model_fields] if operation else []
    old = [f"--{each.replace('_', '-')}" for each in FIELDS.get(name, {})] + list(OPTIONS.get(name, {}))
    options = st.sampled_from(
        [*knobs, *old, "--json", "--output", "-o", "--", "-", "--help", "--no-such", "-x", "--=", "="]
    )

    @example(["", "", "--output", ""])
    @given(st.lists(options | JUNK.filter(lambda text: "\0" not in text), max_size=6))
    @EACH
    def check(arguments: list[str]) -> None:
        done = command(name, *arguments)
        assert done.status in (0, 2), done.err
        assert "Traceback" not in done.err
        assert "Something went wrong" not in done.err
        assert done.status == 0 or done.err

    check()
