"""Errors of the HTTP API: problem+json with a sentence, limits on the body, and a full queue."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient
from starlette.types import Message

from tests.interfaces.web import PNG, detail_of, upload
from zoo.api.app import app
from zoo.core.errors import BusyError, UnavailableError
from zoo.core.images import IMAGE_LIMITS
from zoo.core.runtime import get_runtime, set_runtime

MiB = 2**20


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"top_k": "0"}, r"top_k: .*greater than or equal to 1"),
        ({"top_k": "21"}, r"top_k: .*less than or equal to 20"),
        ({"top_k": "many"}, r"top_k: .*integer"),
        ({"model": ["mobilenet-v2"] * 7}, r"model: .*at most 6"),
    ],
)
def test_knob_out_of_bounds_is_named(client: TestClient, fields: dict[str, Any], expected: str) -> None:
    answer = client.post("/v1/classify", files=upload(), data=fields)
    assert re.match(expected, detail_of(answer, 422))


def test_misspelt_field_is_refused_with_a_suggestion(client: TestClient) -> None:
    answer = client.post("/v1/classify", files=upload(), data={"top_n": "3"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "There is no field top_n: did you mean top_k?"


@pytest.mark.parametrize(
    ("status", "path", "sent", "expected"),
    [
        (422, "/v1/classify", {}, "image"),
        (422, "/v1/classify", {"files": upload(b"")}, "empty"),
        (422, "/v1/classify", {"files": upload(b"some words")}, "text, not a picture"),
        (422, "/v1/classify", {"files": upload(PNG[:5000])}, "damaged"),
        (422, "/v1/classify", {"data": {"image": "a name"}}, "image"),
        (422, "/v1/classify/heat-map", {"files": upload(), "data": {"target": "n99999999"}}, "n99999999"),
        (422, "/v1/classify/heat-map", {"files": upload(), "data": {"opacity": "101"}}, "opacity"),
        (422, "/v1/classify/explanations", {"files": upload(), "data": {"target": "n99999999"}}, "n99999999"),
        (404, "/v1/classify", {"files": upload(), "data": {"model": "no-such-model"}}, "no-such-model"),
        (404, "/v1/classify/heat-map", {"files": upload(), "data": {"model": "no-such-model"}}, "no-such-model"),
        (404, "/v1/paint", {"files": upload()}, "/api/openapi.json"),
        (405, "/v1/models", {}, "/api/openapi.json"),
    ],
)
def test_errors_are_problems_with_a_sentence(
    client: TestClient, status: int, path: str, sent: dict[str, Any], expected: str
) -> None:
    assert expected in detail_of(client.post(path, **sent), status)


@pytest.mark.parametrize("path", ["/v1/models/no-such-model", "/v1/models/torchvision/nothing", "/v2", "/"])
def test_unknown_models_and_routes_are_problems(client: TestClient, path: str) -> None:
    detail_of(client.get(path), 404)


def test_unforeseen_errors_hide_what_happened(
    client: TestClient, replace_runtime: Callable[[Any], None], caplog: pytest.LogCaptureFixture
) -> None:
    replace_runtime(Refusing(RuntimeError("a secret")))
    answer = client.post("/v1/classify", files=upload())
    assert "secret" not in detail_of(answer, 500)
    (record,) = [record for record in caplog.records if record.name == "zoo.api.problems"]
    assert answer.json()["request_id"] in record.getMessage()


def boundary_and_body(size: int) -> tuple[dict[str, str], bytes]:
    head = b'--frame\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    return {"Content-Type": "multipart/form-data; boundary=frame"}, head + bytes(size) + b"\r\n--frame--\r\n"


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("path", ["/v1/classify", "/v1/classify/heat-map"])
def test_body_beyond_the_limit_is_refused(client: TestClient, path: str, chunked: bool) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + MiB)
    chunks = (body[start : start + MiB] for start in range(0, len(body), MiB))
    answer = client.post(path, headers=headers, content=chunks if chunked else body)
    assert "send a smaller file" in detail_of(answer, 413)


def test_announced_size_is_refused_before_a_byte_is_received() -> None:
    sent = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"1000000000000"), (b"content-type", b"multipart/form-data; boundary=frame")]
    scope = {"type": "http", "method": "POST", "path": "/v1/classify", "query_string": b"", "headers": headers}
    with start_blocking_portal() as portal:  # an event loop in a thread: the browser tests keep one in this
        portal.call(app, scope, receive, send)
    assert sent[0]["status"] == 413


def test_sound_may_be_larger_than_a_picture(client: TestClient) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + MiB)
    answer = client.post("/v1/sound", headers=headers, content=body.replace(b'name="image"', b'name="sound"'))
    assert "not a sound" in detail_of(answer, 422)


def test_picture_between_the_two_limits_is_refused_as_a_picture(client: TestClient) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + 1)
    answer = client.post("/v1/classify", headers=headers, content=body)
    assert "32 MiB" in detail_of(answer, 413)


class Refusing:
    """A runtime that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, *arguments: object) -> None:
        raise self.error

    load = run


@pytest.fixture
def replace_runtime() -> Iterator[Callable[[Any], None]]:
    before = get_runtime()
    yield set_runtime
    set_runtime(before)


@pytest.mark.parametrize(("seconds", "header"), [(0.2, "1"), (7.4, "7")])
def test_a_full_queue_tells_when_to_retry(
    client: TestClient, replace_runtime: Callable[[Any], None], seconds: float, header: str
) -> None:
    replace_runtime(Refusing(BusyError("The queue is full.", retry_after=seconds)))
    answer = client.post("/v1/classify", files=upload())
    assert detail_of(answer, 429) == "The queue is full."
    assert answer.headers["Retry-After"] == header


def test_what_is_unavailable_has_no_time_to_retry(client: TestClient, replace_runtime: Callable[[Any], None]) -> None:
    replace_runtime(Refusing(UnavailableError("No network.")))
    answer = client.post("/v1/classify", files=upload())
    assert detail_of(answer, 503) == "No network."
    assert "Retry-After" not in answer.headers
