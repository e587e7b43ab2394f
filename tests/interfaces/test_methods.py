"""Methods (RFC 9110): HEAD is answered like GET without a body, and every 405 says which methods are allowed."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.interfaces.web import detail_of
from zoo.api.app import app
from zoo.api.deprecated import MOVED

METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}
PATHS = {
    **{path: set(item) & METHODS for path, item in app.openapi()["paths"].items()},
    **{path: {method.lower()} for method, paths in MOVED.items() for path in paths},
    "/openapi.json": {"get"},
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def address(path: str) -> str:
    return path.replace("{name}", "resnet-18")


@pytest.mark.parametrize("path", [path for path, methods in PATHS.items() if "get" in methods and path != "/v1/own"])
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    full, head = client.get(address(path)), client.head(address(path))
    assert head.status_code == full.status_code < 400
    assert head.content == b""
    volatile = ("content-length",) if path == "/v1/stats" else ()
    assert [item for item in head.headers.items() if item[0] not in volatile] == [
        item for item in full.headers.items() if item[0] not in volatile
    ]


@pytest.mark.parametrize("path", PATHS)
def test_every_405_says_what_is_allowed(client: TestClient, path: str) -> None:
    allowed = PATHS[path] | ({"head"} if "get" in PATHS[path] else set())
    # An operation on models stands where a model of that name would: a GET of it is no 405.
    answered = allowed | ({"get", "head"} if path.startswith("/v1/models/") else set())
    for method in METHODS - answered:
        answer = client.request(method, address(path))
        assert answer.status_code == 405
        assert answer.headers["Allow"].lower().split(", ") == sorted(allowed)
        if method != "head":
            assert method.upper() in detail_of(answer, 405)
