"""What the server sends to browsers that compute networks, and what a canvas takes from them."""

import gzip

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.components import browser_network
from pages.components.canvas import MAX_POINTS, decode_strokes
from zoo.core.assets import ASSETS
from zoo.core.errors import InputError


@pytest.fixture
def client():
    return TestClient(Starlette(routes=[Route(browser_network.ROUTE, browser_network.send_file)]))


@pytest.mark.parametrize("name", browser_network.TYPES)
def test_the_runtime_is_sent_packed_and_may_be_kept(client, name):
    answer = client.get(f"{browser_network.RUNTIME}/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == browser_network.TYPES[name]
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == gzip.decompress((ASSETS / "onnxruntime-web" / f"{name}.gz").read_bytes())


@pytest.mark.parametrize("path", ["1.0/ort-wasm-simd.wasm", "1.17.3/README.md", "../app.py", "0.onnx", ""])
def test_nothing_else_is_sent(client, path):
    assert client.get(f"/browser/{path}").status_code == 404


def test_a_network_is_sent_under_a_digest_of_it(client):
    paths = {browser_network.publish(b"a network"), browser_network.publish(b"a network")}
    assert len(paths) == 1
    answer = client.get(paths.pop())
    assert answer.content == b"a network"
    assert answer.headers["cache-control"].startswith("private")


def test_networks_that_nobody_asks_for_make_room(client, monkeypatch):
    monkeypatch.setattr(browser_network, "BUDGET", 2500)
    old, used = browser_network.publish(b"a" * 1000), browser_network.publish(b"b" * 1000)
    client.get(old)
    client.get(used)
    client.get(old)
    new = browser_network.publish(b"c" * 1000)
    assert [client.get(path).status_code for path in (old, used, new)] == [200, 404, 200]


def test_strokes_are_read_and_kept_within_the_canvas():
    assert decode_strokes([[[0.5, 0.25], [2, -1]], []]) == [[(0.5, 0.25), (1.0, 0.0)]]


@pytest.mark.parametrize(
    "value",
    [3, "strokes", [[[0.1]]], [[["a", "b"]]], [[[float("nan"), 0]]], [[[1e999, 0]]], [[[0.1, 0.2]] * (MAX_POINTS + 1)]],
)
def test_what_is_no_drawing_is_refused_in_a_sentence(value):
    with pytest.raises(InputError, match="clear it and draw again"):
        decode_strokes(value)
