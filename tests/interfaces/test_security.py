"""Headers of every response, and whose requests are refused."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
import torch
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.interfaces.web import detail_of
from zoo.api.app import app as api
from zoo.api.security import INLINE_SCRIPT, Guard
from zoo.core import user_models
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.core.steps import Progress, Steps

ADDRESS = "https://zoo.example.org"
FOREIGN = ("https://evil.example.org", "https://zoo.example.org.evil.org", "null", "http://zoo.example.org:81", "")
METHODS = ("POST", "PUT", "PATCH", "DELETE")


async def answer(request: Request) -> PlainTextResponse:
    if request.url.path == "/broken":
        raise RuntimeError("broken on purpose")
    return PlainTextResponse("changed", headers={"Server": "model 1.2.3"})


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def client(**settings: object) -> TestClient:
    methods = ["GET", *METHODS]
    routes = [Route("/", answer, methods=methods), Route("/broken", answer), WebSocketRoute("/ws", talk)]
    guard = Guard(Starlette(routes=routes), **settings)  # type: ignore[arg-type]
    return TestClient(guard, ADDRESS, raise_server_exceptions=False)


@pytest.fixture
def guarded() -> Iterator[TestClient]:
    with client() as guarded:
        yield guarded


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_of_another_site_changes_nothing(guarded: TestClient, method: str, origin: str) -> None:
    refused = guarded.request(method, "/", headers={"Origin": origin})
    assert "another site" in detail_of(refused, 403)
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/ws", headers={"Origin": origin}):
        pass


@pytest.mark.parametrize("path", ["metrics", "agent/openapi.json", "agent/mcp", "agent/interact"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_streamlit_tells_nobody_about_visitors_and_releases(method: str, path: str) -> None:
    open_to_all = Starlette(routes=[Route("/{rest:path}", answer, methods=[method])])
    with TestClient(Guard(open_to_all), ADDRESS) as guarded:
        for prefix in ("", "/below"):
            assert "nothing" in detail_of(guarded.request(method, f"{prefix}/_stcore/{path}"), 404)
        assert guarded.request(method, "/_stcore/health").text == "changed"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "headers", [{}, {"Origin": ADDRESS}, {"Origin": ADDRESS.upper()}], ids=["none", "own", "capitals"]
)
def test_programs_and_own_pages_are_answered(guarded: TestClient, method: str, headers: dict[str, str]) -> None:
    assert guarded.request(method, "/", headers=headers).text == "changed"
    with guarded.websocket_connect("/ws", headers={"Host": "zoo.example.org", **headers}) as websocket:
        assert websocket.receive_text() == "hello"


def test_links_from_other_sites_are_followed(guarded: TestClient) -> None:
    assert guarded.get("/", headers={"Origin": FOREIGN[0]}).status_code == 200


def test_trusted_origins_may_send() -> None:
    guarded = client(origins=["https://lab.example.org/"])
    assert guarded.post("/", headers={"Origin": "https://lab.example.org"}).text == "changed"
    assert guarded.post("/", headers={"Origin": FOREIGN[0]}).status_code == 403


@pytest.mark.parametrize(("host", "status"), [("zoo.example.org", 200), ("a.lab.org:8501", 200), ("evil.org", 421)])
def test_names_of_the_server_may_be_limited(host: str, status: int) -> None:
    guarded = client(hosts=["zoo.example.org", "*.lab.org"])
    assert guarded.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("path", ["/", "/missing", "/broken"])
def test_every_response_has_the_headers_and_names_no_program(guarded: TestClient, path: str) -> None:
    headers = guarded.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"].replace("wasm-unsafe-eval", "")
    assert "Server" not in headers


def test_a_refusal_has_the_headers_too(guarded: TestClient) -> None:
    assert "Content-Security-Policy" in guarded.post("/", headers={"Origin": FOREIGN[0]}).headers


def test_a_site_may_be_allowed_to_frame_the_pages() -> None:
    policy = client(frame_ancestors="https://moodle.example.org").get("/").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://moodle.example.org")


def test_the_policy_knows_the_scripts_in_the_page_of_streamlit() -> None:
    page = Path(streamlit.__file__).parent.joinpath("static", "index.html").read_text()
    digests = [hashlib.sha256(script.encode()).digest() for script in re.findall(r"<script>(.*?)</script>", page, re.S)]
    assert [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests] == [INLINE_SCRIPT]


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a model that is in memory, and that a job uses."""

    def steps(*networks: torch.nn.Module) -> Steps[None]:
        while True:
            yield Progress(1, message="computing")

    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    front = {"license": "other", "license_name": "research use", "restriction": "research use", "citation": "none"}
    front["training_data"] = [{"name": "a picture", "licence": "its maker's"}]  # type: ignore[assignment]
    config = {"exhibit": "style", "title": "Mine", "architecture": {"kind": "stylenet", "n_styles": 1}}
    name = user_models.save(config, {"x": torch.ones(1)}, front, "# Mine", "somebody").name
    before = get_runtime()
    with Runtime(lambda name: torch.nn.Linear(1, 1), device="cpu") as runtime:
        set_runtime(runtime)
        next(runtime.submit(steps, name, title="style", owner="somebody").updates())
        yield name
        set_runtime(before)


def test_no_public_route_names_an_own_model(own_model: str) -> None:
    secret = own_model.removeprefix("own/")
    paths = [path for path, methods in api.openapi()["paths"].items() if "get" in methods and "{" not in path]
    assert "/v1/stats" in paths
    with TestClient(api, raise_server_exceptions=False) as public:
        for path in paths:
            answer = public.get(path)
            assert secret not in answer.text, path
            assert secret not in str(answer.headers), path
        assert public.get(f"/v1/models/{own_model}").status_code == 200  # who knows the name may use it
        user_models.remove_owned(own_model, "somebody")
        assert public.get(f"/v1/models/{own_model}").status_code == 404
