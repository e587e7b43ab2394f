"""``zoo serve`` as a process: it answers without delay, and stops when it is told to."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.browser import free_port, wait_for
from tests.interfaces.console import ROOT, Zoo, assert_told
from zoo.cli.serving import listen
from zoo.core.errors import UnavailableError


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


def test_a_port_in_use_is_a_sentence(zoo: Zoo) -> None:
    with listen("localhost", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match="choose another"):
            listen("localhost", port)
        assert_told(zoo("serve", "--port", port), str(port), "in use")
