"""Any value inside of a knob's stated bounds is answered or refused in a sentence; NaN and infinity are refused."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.interfaces.examples import inputs_and_knobs, request
from tests.interfaces.shell import command
from zoo.api.app import app
from zoo.core.errors import InputError
from zoo.core.knobs import bound, parse_knobs
from zoo.core.operations import Operation
from zoo.exhibits import OPERATIONS

FLOATS = (float, list[float])
CHEAP = {"generate", "adversarial", "sound", "sound-timeline", "style-fast", "augment", "style"}
KNOBS = [
    pytest.param(operation, name, id=f"{operation.command}-{name}")
    for operation in OPERATIONS
    for name, field in operation.knobs.model_fields.items()
    if field.annotation in FLOATS
]
EXTREMES = (5e-324, 1e-310, 1e-300, 1e-40, 1e-38, 1e-7, -0.0)
SMALL: dict[str, dict[str, Any]] = {"generate": {"length": 3}, "style": {"steps": 10, "network": "mobilenet-v2"}}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def within(operation: Operation, name: str) -> st.SearchStrategy[float]:
    """Values between the bounds of a knob, with those that are near an end or near zero more often."""
    field = operation.knobs.model_fields[name]
    low, high = bound(field, "ge") or 0.0, bound(field, "le") or 1.0
    near = [low, high, math.nextafter(low, math.inf), math.nextafter(high, -math.inf)]
    extremes = [value for value in (*near, *EXTREMES) if low <= value <= high]
    return st.sampled_from(extremes) | st.floats(low, high)


def answered(client: TestClient, operation: Operation, folder: Path, name: str, value: float) -> Any:
    inputs, knobs = inputs_and_knobs(operation, folder)
    given = [value] if operation.knobs.model_fields[name].annotation == list[float] else value
    values = {**knobs, **SMALL.get(operation.command, {}), name: given}
    return client.post(f"/v1{operation.path}?format=json", **request(operation, inputs, values))


@pytest.mark.parametrize(("operation", "name"), [each for each in KNOBS if each.values[0].command in CHEAP])
def test_a_value_within_the_bounds_is_answered_or_refused(
    client: TestClient, operation: Operation, name: str, tmp_path: Path
) -> None:
    @given(within(operation, name))
    @settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(value: float) -> None:
        answer = answered(client, operation, tmp_path, name, value)
        assert answer.status_code == 200 or answer.json()["detail"].endswith("."), answer.text
        assert answer.status_code in (200, 422)

    check()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e999])
@pytest.mark.parametrize(("operation", "name"), KNOBS)
def test_what_is_not_finite_is_refused(
    client: TestClient, operation: Operation, name: str, value: float, tmp_path: Path
) -> None:
    given = [value] if operation.knobs.model_fields[name].annotation == list[float] else value
    with pytest.raises(InputError, match=name):
        parse_knobs(operation.knobs, **{name: given})
    answer = answered(client, operation, tmp_path, name, value)
    assert answer.status_code == 422
    assert name in answer.json()["detail"]


def test_what_is_not_finite_is_refused_in_the_shell() -> None:
    done = command("generate", "a", "--length", 2, "--temperature", "nan")
    assert (done.status, done.out) == (2, "")
    assert "--temperature" in done.err


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.floats(min_value=5e-324, max_value=1e-36))
@example(1e-40)
def test_a_temperature_near_zero_is_greedy(client: TestClient, tmp_path: Path, value: float) -> None:
    operation = next(each for each in OPERATIONS if each.command == "generate")
    texts = [
        answered(client, operation, tmp_path, "temperature", each).json()["samples"][0]["text"] for each in (value, 0.0)
    ]
    assert texts[0] == texts[1]
