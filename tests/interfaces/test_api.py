"""The HTTP API: results, formats, redirects of old paths, and errors as problem+json."""

import http
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any

import httpx2
import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from starlette.testclient import TestClient
from starlette.types import Message

from zoo.api.app import app
from zoo.api.deprecated import MOVED
from zoo.core.cards import Card, bundled_cards, exhibit_cards
from zoo.core.errors import BusyError, UnavailableError
from zoo.core.images import IMAGE_LIMITS, encode_png
from zoo.core.runtime import get_runtime, set_runtime
from zoo.examples import example
from zoo.exhibits.classify import ClassifyKnobs, ExplainKnobs, HeatMapKnobs, heat_map

NAMES = [card.name for card in exhibit_cards("classify")]
CHELSEA = example("chelsea")
PNG = encode_png(CHELSEA)
MiB = 2**20


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def upload(data: bytes = PNG) -> dict[str, tuple[str, bytes]]:
    return {"image": ("picture", data)}


def as_json(card: Card) -> Any:
    return json.loads(json.dumps(asdict(card.summary())))


def detail_of(answer: httpx2.Response, status: int) -> str:
    """The sentence of a problem (RFC 9457), whose other members are checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"title", "status", "detail", "request_id"}
    assert (problem["title"], problem["status"]) == (http.HTTPStatus(status).phrase, status)
    assert re.fullmatch(r"[0-9a-f]{16}", problem["request_id"])
    assert problem["detail"].endswith(".")
    return str(problem["detail"])


# Results


def test_models_are_listed_as_their_cards(client: TestClient) -> None:
    assert client.get("/v1/models").json() == [as_json(card) for card in bundled_cards()]
    listed = client.get("/v1/models", params={"exhibit": "classify"}).json()
    assert [model["name"] for model in listed] == NAMES
    assert all(model["restriction"] for model in listed)
    assert client.get("/v1/models", params={"exhibit": "none"}).json() == []


@pytest.mark.parametrize("card", bundled_cards(), ids=lambda card: card.name)
def test_one_model_is_its_card(client: TestClient, card: Card) -> None:
    assert client.get(f"/v1/models/{card.name}").json() == as_json(card)
    assert card.weights


def test_an_official_model_is_described_without_a_download(client: TestClient) -> None:
    card = client.get("/v1/models/torchvision/resnet50").json()
    assert (card["name"], card["source"], card["weights"]) == ("torchvision/resnet50", "torchvision", "given")


def test_architecture_is_plain_text(client: TestClient) -> None:
    answer = client.get("/v1/models/resnet-18/architecture")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "(layer4)" in answer.text


def test_stats_are_those_of_the_runtime(client: TestClient) -> None:
    client.post("/v1/classify", files=upload(), data={"model": NAMES})
    stats = client.get("/v1/stats").json()
    assert set(NAMES) <= stats["models"].keys()
    assert stats["predictions"] == get_runtime().stats().predictions > 0


def test_a_picture_is_classified_by_each_model(client: TestClient) -> None:
    answer = client.post("/v1/classify", files=upload(), data={"model": NAMES, "top_k": 3})
    assert answer.status_code == 200
    assert [each["model"] for each in answer.json()["answers"]] == NAMES
    assert all(len(each["predictions"]) == 3 for each in answer.json()["answers"])
    assert all(each["restriction"] for each in answer.json()["answers"])
    assert len(answer.json()["ensemble"]["predictions"]) == 3


def test_knobs_left_out_have_their_defaults(client: TestClient) -> None:
    answer = client.post("/v1/classify", files=upload()).json()
    (only,) = answer["answers"]
    assert only["model"] == ClassifyKnobs().model[0]
    assert len(only["predictions"]) == ClassifyKnobs().top_k
    assert answer["ensemble"] is None


# Formats


@pytest.mark.parametrize("model", NAMES)
def test_heat_map_is_the_librarys_as_a_png(client: TestClient, model: str) -> None:
    card = exhibit_cards("classify")[NAMES.index(model)]
    fields = {"model": model, "target": card.classes[3].id, "opacity": 80}
    answer = client.post("/v1/classify/heat-map", files=upload(), data=fields)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["X-Restriction"] == card.restriction
    pixels = np.asarray(Image.open(BytesIO(answer.content)))
    assert np.array_equal(pixels, np.asarray(heat_map(CHELSEA, HeatMapKnobs(**fields)).picture))


def test_heat_map_as_json_has_the_values(client: TestClient) -> None:
    record = client.post("/v1/classify/heat-map?format=json", files=upload()).json()
    result = heat_map(CHELSEA)
    assert np.asarray(record["heat"]) == pytest.approx(result.heat, abs=1e-4)
    assert record["box"] == list(result.box)
    assert "picture" not in record


def test_heat_map_without_a_class_is_of_the_most_probable_one(client: TestClient) -> None:
    best = client.post("/v1/classify", files=upload(), data={"top_k": 1}).json()["answers"][0]["predictions"][0]
    chosen = client.post("/v1/classify/heat-map", files=upload(), data={"target": best["id"]})
    assert client.post("/v1/classify/heat-map", files=upload()).content == chosen.content


def test_explanations_are_a_picture_on_request(client: TestClient) -> None:
    fields = {"model": "resnet-18"}
    answer = client.post("/v1/classify/explanations?format=png", files=upload(), data=fields)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (6 * 64 + 5 * 4, 64)


def test_unknown_format_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/classify?format=png", files=upload())
    assert "format" in detail_of(answer, 422)


# Old paths


@pytest.mark.parametrize(
    ("method", "old", "new"), [(method, old, new) for method in MOVED for old, new in MOVED[method].items()]
)
def test_old_paths_redirect_with_the_same_method(client: TestClient, method: str, old: str, new: str) -> None:
    answer = client.request(method, old, follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == new
    assert answer.headers["Deprecation"] == "true"
    assert f"<{new}>" in answer.headers["Link"]
    path = new.partition("?")[0]
    assert path in client.get("/openapi.json").json()["paths"]


def test_a_redirect_of_stats_leads_there(client: TestClient) -> None:
    assert client.get("/v1/figures").json().keys() == client.get("/v1/stats").json().keys()


# Errors


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


# The schema


@pytest.mark.parametrize(
    ("path", "knobs"),
    [
        ("/v1/classify", ClassifyKnobs),
        ("/v1/classify/heat-map", HeatMapKnobs),
        ("/v1/classify/explanations", ExplainKnobs),
    ],
)
def test_schema_has_each_knob_as_it_was_declared(client: TestClient, path: str, knobs: type[ClassifyKnobs]) -> None:
    schema = client.get("/openapi.json").json()
    body = schema["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    fields = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]
    declared = knobs.model_json_schema()["properties"]
    assert declared.keys() <= fields.keys()
    for name, knob in declared.items():
        assert fields[name] == {key: value for key, value in knob.items() if key != "unit"}, name
    assert fields["image"]["description"]


def test_schema_describes_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert len(paths) >= 5
    for path in paths.values():
        for operation in path.values():
            assert operation.get("description") or operation["summary"].endswith(".")
