"""The HTTP door: answers, pictures, and errors that are JSON with a sentence in it."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from starlette.testclient import TestClient
from starlette.types import Message

from zoo import api
from zoo.core.cards import Card, bundled_cards, exhibit_cards
from zoo.core.errors import BusyError, UnavailableError
from zoo.core.images import IMAGE_LIMITS, encode_png
from zoo.core.runtime import get_runtime, set_runtime
from zoo.examples import example
from zoo.exhibits.classify import explain, overlay
from zoo.exhibits.classify.knobs import ClassifyKnobs, HeatMapKnobs

NAMES = [card.name for card in exhibit_cards("classify")]
CHELSEA = example("chelsea")
PNG = encode_png(CHELSEA)
MiB = 2**20


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(api.app, raise_server_exceptions=False) as client:
        yield client


def upload(data: bytes = PNG) -> dict[str, tuple[str, bytes]]:
    return {"image": ("picture", data)}


# Answers


def test_models_are_listed_as_their_cards_say(client: TestClient) -> None:
    assert client.get("/v1/models").json() == [card.summary() for card in bundled_cards()]
    listed = client.get("/v1/models", params={"exhibit": "classify"}).json()
    assert [model["name"] for model in listed] == NAMES
    assert all(model["restriction"] for model in listed)
    assert client.get("/v1/models", params={"exhibit": "none"}).json() == []


@pytest.mark.parametrize("card", bundled_cards(), ids=lambda card: card.name)
def test_one_model_is_its_card(client: TestClient, card: Card) -> None:
    assert client.get(f"/v1/models/{card.name}").json() == card.summary()


def test_an_official_model_is_described_without_fetching_it(client: TestClient) -> None:
    found = client.get("/v1/models/torchvision/resnet50").json()
    assert (found["name"], found["source"]) == ("torchvision/resnet50", "torchvision")


def test_figures_are_those_of_the_runtime(client: TestClient) -> None:
    client.post("/v1/classify", files=upload(), data={"model": NAMES})
    figures = client.get("/v1/figures").json()
    assert set(NAMES) <= figures["models"].keys()
    assert figures["predictions"] == get_runtime().stats().predictions > 0


def test_picture_is_classified_by_the_models_asked(client: TestClient) -> None:
    answer = client.post("/v1/classify", files=upload(), data={"model": NAMES, "top_k": 3})
    assert answer.status_code == 200
    assert [each["model"] for each in answer.json()["answers"]] == NAMES
    assert all(len(each["predictions"]) == 3 for each in answer.json()["answers"])
    assert all(each["restriction"] for each in answer.json()["answers"])
    assert len(answer.json()["ensemble"]["predictions"]) == 3


def test_knobs_left_out_take_their_defaults(client: TestClient) -> None:
    answer = client.post("/v1/classify", files=upload()).json()
    (only,) = answer["answers"]
    assert only["model"] == ClassifyKnobs().model[0]
    assert len(only["predictions"]) == ClassifyKnobs().top_k
    assert answer["ensemble"] is None


@pytest.mark.parametrize("model", NAMES)
def test_heat_map_is_the_librarys_as_a_png(client: TestClient, model: str) -> None:
    chosen = exhibit_cards("classify")[NAMES.index(model)].classes[3].id
    fields = {"model": model, "id": chosen, "opacity": 80}
    answer = client.post("/v1/classify/heat-map", files=upload(), data=fields)
    assert answer.headers["content-type"] == "image/png"
    pixels = np.asarray(Image.open(BytesIO(answer.content)))
    assert np.array_equal(pixels, np.asarray(overlay(CHELSEA, explain(CHELSEA, model, chosen), 0.8)))


def test_heat_map_without_a_class_is_that_of_the_best_one(client: TestClient) -> None:
    best = client.post("/v1/classify", files=upload(), data={"top_k": 1}).json()["answers"][0]["predictions"][0]
    chosen = client.post("/v1/classify/heat-map", files=upload(), data={"id": best["id"]})
    assert client.post("/v1/classify/heat-map", files=upload()).content == chosen.content


# Errors


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"top_k": "0"}, r"top_k: .*greater than or equal to 1"),
        ({"top_k": "21"}, r"top_k: .*less than or equal to 20"),
        ({"top_k": "many"}, r"top_k: .*integer"),
        ({"model": ["mobilenet-v2"] * 7}, r"model: .*at most 6"),
    ],
)
def test_knob_out_of_bounds_is_named(client: TestClient, fields: dict[str, Any], said: str) -> None:
    answer = client.post("/v1/classify", files=upload(), data=fields)
    assert answer.status_code == 422
    assert answer.json().keys() == {"error"}
    assert re.match(said, answer.json()["error"])


@pytest.mark.parametrize(
    ("status", "path", "sent", "said"),
    [
        (422, "/v1/classify", {}, "image"),
        (422, "/v1/classify", {"files": upload(b"")}, "empty"),
        (422, "/v1/classify", {"files": upload(b"some words")}, "text, not a picture"),
        (422, "/v1/classify", {"files": upload(PNG[:5000])}, "damaged"),
        (422, "/v1/classify", {"data": {"image": "a name"}}, "image"),
        (422, "/v1/classify/heat-map", {"files": upload(), "data": {"id": "n99999999"}}, "knows no class"),
        (422, "/v1/classify/heat-map", {"files": upload(), "data": {"opacity": "101"}}, "opacity"),
        (404, "/v1/classify", {"files": upload(), "data": {"model": "no-such-model"}}, "no-such-model"),
        (404, "/v1/classify/heat-map", {"files": upload(), "data": {"model": "no-such-model"}}, "no-such-model"),
        (404, "/v1/paint", {"files": upload()}, "/api/openapi.json"),
        (405, "/v1/models", {}, "/api/openapi.json"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    client: TestClient, status: int, path: str, sent: dict[str, Any], said: str
) -> None:
    answer = client.post(path, **sent)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert said in answer.json()["error"]
    assert answer.json()["error"].endswith(".")


def test_unknown_model_and_route_are_told(client: TestClient) -> None:
    for path in ("/v1/models/no-such-model", "/v1/models/torchvision/nothing", "/v2", "/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json().keys() == {"error"}


def boundary_and_body(size: int) -> tuple[dict[str, str], bytes]:
    head = b'--frame\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    return {"Content-Type": "multipart/form-data; boundary=frame"}, head + bytes(size) + b"\r\n--frame--\r\n"


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("path", ["/v1/classify", "/v1/classify/heat-map"])
def test_body_beyond_the_limit_is_refused_by_a_sentence(client: TestClient, path: str, chunked: bool) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + MiB)
    pieces = (body[start : start + MiB] for start in range(0, len(body), MiB))
    answer = client.post(path, headers=headers, content=pieces if chunked else body)
    assert answer.status_code == 413
    assert answer.json() == {"error": "The request is larger than 32 MiB: send a smaller file."}


def test_announced_size_is_refused_before_a_byte_is_read() -> None:
    sent = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"1000000000000")]
    scope = {"type": "http", "method": "POST", "path": "/v1/classify", "query_string": b"", "headers": headers}
    with start_blocking_portal() as portal:  # an event loop in a thread: the browser tests keep one in this
        portal.call(api.app, scope, receive, send)
    assert sent[0]["status"] == 413


def test_sound_may_be_larger_than_a_picture(client: TestClient) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + MiB)
    answer = client.post("/v1/sound", headers=headers, content=body.replace(b'name="image"', b'name="sound"'))
    assert answer.status_code == 422
    assert "not a sound" in answer.json()["error"]


def test_picture_between_the_two_limits_is_refused_as_a_picture(client: TestClient) -> None:
    headers, body = boundary_and_body(IMAGE_LIMITS.max_bytes + 1)
    answer = client.post("/v1/classify", headers=headers, content=body)
    assert answer.status_code == 413
    assert "32 MiB" in answer.json()["error"]


class Refusing:
    """A runtime that can take no more."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, *arguments: object) -> None:
        raise self.error


@pytest.fixture
def put_in_place() -> Iterator[Callable[[Any], None]]:
    before = get_runtime()
    yield set_runtime
    set_runtime(before)


@pytest.mark.parametrize(("seconds", "header"), [(0.2, "1"), (7.4, "7")])
def test_full_house_says_when_to_come_back(
    client: TestClient, put_in_place: Callable[[Any], None], seconds: float, header: str
) -> None:
    put_in_place(Refusing(BusyError("All places are taken.", retry_after=seconds)))
    answer = client.post("/v1/classify", files=upload())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == header
    assert answer.json() == {"error": "All places are taken."}


def test_what_is_out_of_reach_is_told_without_a_time(client: TestClient, put_in_place: Callable[[Any], None]) -> None:
    put_in_place(Refusing(UnavailableError("No network.")))
    answer = client.post("/v1/classify", files=upload())
    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers


# The schema


@pytest.mark.parametrize(("path", "knobs"), [("/v1/classify", ClassifyKnobs), ("/v1/classify/heat-map", HeatMapKnobs)])
def test_schema_tells_each_knob_as_it_was_declared(
    client: TestClient, path: str, knobs: type[ClassifyKnobs] | type[HeatMapKnobs]
) -> None:
    schema = client.get("/openapi.json").json()
    body = schema["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    fields = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]
    declared = knobs.model_json_schema()["properties"]
    assert declared.keys() <= fields.keys()
    for name, knob in declared.items():
        told = {key: value for key, value in knob.items() if key != "unit"}
        assert fields[name] == told, name
    assert fields["image"]["description"]


def test_schema_describes_every_operation(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert len(paths) >= 5
    assert all(operation["description"] for path in paths.values() for operation in path.values())
