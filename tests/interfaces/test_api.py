"""The HTTP API: results, formats, redirects of old paths, and the schema."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.interfaces.web import CHELSEA, detail_of, upload
from zoo.api.app import app
from zoo.api.deprecated import MOVED
from zoo.core.cards import Card, bundled_cards, exhibit_cards
from zoo.core.operations import Operation
from zoo.core.runtime import get_runtime
from zoo.exhibits.classify import ClassifyKnobs, ExplainKnobs, HeatMapKnobs, heat_map

NAMES = [card.name for card in exhibit_cards("classify")]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def as_json(card: Card) -> Any:
    return json.loads(json.dumps(asdict(card.summary())))


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


def test_a_restriction_in_any_script_goes_with_the_file(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def restricted(*inputs: Any, **extra: Any) -> Any:
        return replace(heat_map(CHELSEA), restriction="仅供研究 – 不得\r\nX-Injected: 1")

    monkeypatch.setattr(Operation, "load", lambda self: restricted)
    answer = client.post("/v1/classify/heat-map", files=upload())
    assert answer.status_code == 200
    assert answer.headers["X-Restriction"].isascii()
    assert "X-Injected" not in answer.headers


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
        assert fields[name] == knob, name
    assert fields["image"]["description"]


def test_schema_describes_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert len(paths) >= 5
    for path in paths.values():
        for operation in path.values():
            assert operation.get("description") or operation["summary"].endswith(".")
