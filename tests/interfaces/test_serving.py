"""``zoo serve`` as a process: it answers without delay, and stops when it is told to."""

import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from streamlit import config
from uvicorn.server import ServerState
from websockets.sync.client import connect

from app import read_streamlit_variables
from tests.e2e.browser import free_port, wait_for
from tests.event_loops import in_new_loop
from tests.interfaces.console import ROOT, Zoo, assert_told
from zoo.cli import connections
from zoo.cli.serving import listen
from zoo.core.errors import InputError, UnavailableError

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD_LINES = 3  # of an answer: status, length, and the empty one


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [sys.executable, "-m", "zoo", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_for(f"http://localhost:{port}/api/v1/health", server)
        yield server, port
        server.kill()


def test_a_stopped_server_ends_with_status_0_though_a_request_is_half_sent(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = server
    with socket.create_connection(("localhost", port)) as half:
        half.sendall(b"POST /api/v1/sentiment HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\ntext=")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_pages_and_api_share_the_port(server: tuple[subprocess.Popen[bytes], int]) -> None:
    with closing(http.client.HTTPConnection("localhost", server[1])) as connection:
        for path, kind in (("/", "text/html"), ("/classify", "text/html"), ("/api/v1/models", "application/json")):
            connection.request("GET", path)
            response = connection.getresponse()
            assert (response.status, response.headers.get_content_type()) == (200, kind)
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in response.headers
            response.read()


def test_connections_send_without_delay() -> None:
    with listen("localhost", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_new_server_is_healthy_at_once_and_ready_later(server: tuple[subprocess.Popen[bytes], int]) -> None:
    with closing(http.client.HTTPConnection("localhost", server[1])) as connection:
        connection.request("GET", "/api/v1/ready")
        response = connection.getresponse()
        assert (response.status, json.load(response)["status"]) == (200, "ready")  # ZOO_WARM=none


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server that waits no longer than a moment for its clients, and answers with the body."""
    for name in ("HEAD_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(connections, name, 0.3)

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            return
        message = await Request(scope, receive).body()
        await Response(message or b"nothing")(scope, receive, send)

    config = uvicorn.Config(echo, http=connections.ImpatientProtocol, log_level="critical", lifespan="off")
    running = uvicorn.Server(config)
    with listen("localhost", 0) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        yield int(listener.getsockname()[1])
        running.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "half a second head"],
)
def test_a_connection_without_a_whole_request_is_closed(impatient: int, sent: bytes) -> None:
    with socket.create_connection(("localhost", impatient), timeout=60) as connection:
        connection.sendall(sent)
        received = b"".join(iter(lambda: connection.recv(4096), b""))  # until the server closes
    assert received.count(b"200 OK") == sent.count(b"\r\n\r\nGET")


@pytest.mark.parametrize("late", ["keep-alive", "head"])
def test_what_came_while_the_loop_was_held_up_is_read_before_the_connection_is_closed(late: str) -> None:
    async def answers() -> list[bytes]:
        config = uvicorn.Config(Response(b"read"), lifespan="off", log_level="critical")
        config.load()
        loop, received = asyncio.get_running_loop(), list[bytes]()
        protocol = connections.ImpatientProtocol(config, ServerState(), {}, loop)
        theirs, ours = socket.socketpair()
        await loop.create_connection(lambda: protocol, sock=ours)
        with theirs, theirs.makefile("rb") as stream:
            theirs.settimeout(60)
            for number in range(2):
                theirs.sendall(REQUEST)  # which the loop has not read yet
                if late == "head" and number == 0:
                    protocol._look_again()
                if late == "keep-alive" and number == 1:
                    protocol.timeout_keep_alive_handler()
                await asyncio.to_thread(lambda: [stream.readline() for _ in range(HEAD_LINES)])
                received.append(await asyncio.to_thread(stream.read, 4))
            protocol.transport.close()
        return received

    assert in_new_loop(answers()) == [b"read", b"read"]


def test_a_websocket_stays_open(impatient: int) -> None:
    with connect(f"ws://localhost:{impatient}") as websocket, pytest.raises(TimeoutError):
        websocket.recv(timeout=1.5)  # several times as long as a request may pause


def test_a_body_that_comes_in_parts_is_read(impatient: int) -> None:
    with socket.create_connection(("localhost", impatient), timeout=60) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
        for letter in (b"g", b"o", b"o", b"d"):
            connection.sendall(letter)
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert received.endswith(b"good")


def test_a_port_in_use_is_a_sentence(zoo: Zoo) -> None:
    with listen("localhost", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match="choose another"):
            listen("localhost", port)
        assert_told(zoo("serve", "--port", port), str(port), "in use")


def test_variables_of_streamlit_set_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("STREAMLIT_SERVER_ALLOWED_HOSTS", "one.example *.two.example")
        monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "7")
        read_streamlit_variables()
        assert list(config.get_option("server.allowedHosts")) == ["one.example", "*.two.example"]
        assert config.get_option("server.disconnectedSessionTTL") == 7
        assert config.get_option("server.maxUploadSize") == 64  # of .streamlit/config.toml
        monkeypatch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "soon")
        with pytest.raises(InputError, match="STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL"):
            read_streamlit_variables()
    finally:
        config.get_config_options(force_reparse=True)
