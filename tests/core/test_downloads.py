"""Downloads of weights from a server in this process: complete, resumed, refused, shared."""

import hashlib
import socket
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from zoo.core import weights
from zoo.core.errors import StorageError, UnavailableError
from zoo.core.weights import download

PATIENCE = 60  # seconds until a test that hangs fails
BODY = bytes(range(256)) * 40 + b"the end"
HASH = hashlib.sha256(BODY).hexdigest()[:8]


class Handler(BaseHTTPRequestHandler):
    """Sends BODY, or from the byte asked for on; ``server.cut`` ends the connection after so many bytes.

    With ``server.page`` it sends a login page.
    """

    server: "Server"

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Range"))
        assert self.server.open.wait(PATIENCE)
        start = 0
        if self.server.ranges and (wanted := self.headers.get("Range")):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        rest = BODY[start:]
        if self.server.page:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", "14")
            self.end_headers()
            self.wfile.write(b"<!doctype html>"[:14])
            return
        self.send_response(self.server.status or (416 if start >= len(BODY) else 206 if start else 200))
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.server.cut])
        self.server.sent += len(rest[: self.server.cut])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is for failures."""


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges, self.cut, self.status = True, len(BODY), 0
        self.asked: list[str | None] = []
        self.sent = 0
        self.page = False
        self.open = threading.Event()
        self.open.set()
        self.url = f"http://127.0.0.1:{self.server_port}/weights.pth"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(weights, "CHUNK", 1000)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.open.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "weights.pth"


def partial(target: Path) -> Path:
    return target.with_name(target.name + ".partial")


def leave_partial(target: Path, data: bytes) -> None:
    target.parent.mkdir()
    partial(target).write_bytes(data)


def test_download_is_complete_and_reports_its_progress(server: Server, target: Path) -> None:
    steps = list(download(server.url, target, HASH))
    counts = [progress.step for progress in steps]
    assert target.read_bytes() == BODY
    assert counts == sorted(set(counts))
    assert counts[0] == 1000
    assert counts[-1] == len(BODY)
    assert {progress.total for progress in steps} == {len(BODY)}
    assert not partial(target).exists()


def test_nothing_is_fetched_when_the_file_is_there(server: Server, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"as it was")
    assert list(download(server.url, target, HASH)) == []
    assert target.read_bytes() == b"as it was"
    assert not server.asked


def test_partial_file_is_resumed(server: Server, target: Path) -> None:
    leave_partial(target, BODY[:4000])
    steps = list(download(server.url, target, HASH))
    assert target.read_bytes() == BODY
    assert server.sent == len(BODY) - 4000
    assert (steps[0].step, steps[-1].step) == (5000, len(BODY))
    assert {progress.total for progress in steps} == {len(BODY)}


def test_server_that_cannot_resume_sends_all_again(server: Server, target: Path) -> None:
    server.ranges = False
    leave_partial(target, b"x" * 4000)
    first, *_ = download(server.url, target, HASH)
    assert first.step == 1000
    assert target.read_bytes() == BODY


def test_complete_partial_file_is_only_renamed(server: Server, target: Path) -> None:
    leave_partial(target, BODY)
    deque(download(server.url, target, HASH), maxlen=0)
    assert target.read_bytes() == BODY
    assert server.asked == [f"bytes={len(BODY)}-"]


def test_damaged_file_is_never_renamed_and_not_resumed(server: Server, target: Path) -> None:
    leave_partial(target, b"x" * 4000)
    with pytest.raises(UnavailableError, match=r"damaged.*try again\.$"):
        deque(download(server.url, target, HASH), maxlen=0)
    assert not target.exists()
    deque(download(server.url, target, HASH), maxlen=0)
    assert target.read_bytes() == BODY


def test_abandoned_download_leaves_no_file_and_can_be_resumed(server: Server, target: Path) -> None:
    steps = download(server.url, target, HASH)
    assert next(steps).step == 1000
    steps.close()
    assert not target.exists()
    kept = partial(target).stat().st_size
    assert 0 < kept < len(BODY)
    deque(download(server.url, target, HASH), maxlen=0)
    assert target.read_bytes() == BODY
    assert server.asked == [None, f"bytes={kept}-"]


def test_connection_that_breaks_off_can_be_resumed(server: Server, target: Path) -> None:
    server.cut = 4500
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1"):
        deque(download(server.url, target, HASH), maxlen=0)
    assert not target.exists()
    server.cut = len(BODY)
    assert next(iter(download(server.url, target, HASH))).step > 1000
    deque(download(server.url, target, HASH), maxlen=0)
    assert target.read_bytes() == BODY


def test_without_a_connection_a_sentence_names_the_host(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://localhost:{unused.getsockname()[1]}/weights.pth"
        with pytest.raises(UnavailableError, match=r"^[A-Z].* from localhost: check the network .*\.$"):
            deque(download(url, target, HASH), maxlen=0)
    assert not target.exists()


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "does not exist there"), (410, "does not exist there"), (403, "refuses it"), (503, "has a fault")],
)
def test_error_page_of_a_server_is_told_and_not_kept(server: Server, target: Path, status: int, words: str) -> None:
    server.status = status
    with pytest.raises(UnavailableError, match=words) as error:
        deque(download(server.url, target, HASH), maxlen=0)
    assert "check the network" not in str(error.value)
    assert not target.exists()
    assert not partial(target).exists()


def test_a_login_page_in_place_of_the_file_is_told_and_not_kept(server: Server, target: Path) -> None:
    server.page = True
    with pytest.raises(UnavailableError, match="login page"):
        deque(download(server.url, target, HASH), maxlen=0)
    assert not target.exists()
    assert not partial(target).exists()


def test_offline_nothing_is_asked_for(server: Server, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(UnavailableError, match="ZOO_OFFLINE"):
        deque(download(server.url, target, HASH), maxlen=0)
    assert not server.asked


@pytest.mark.parametrize(("limit", "kind"), [("0", UnavailableError), ("0.000001", StorageError)])
def test_downloads_are_limited_by_the_operator(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch, limit: str, kind: type[Exception]
) -> None:
    monkeypatch.setenv("ZOO_DOWNLOAD_GB", limit)
    with pytest.raises(kind, match=r"switched off here|left for downloads"):
        deque(download(server.url, target, HASH), maxlen=0)
    assert server.sent <= len(BODY)
    assert not target.exists()
    assert not partial(target).exists()


def test_a_full_disk_is_told_and_the_part_that_came_removed(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, size: int) -> None:
        path.with_name(path.name + ".partial").write_bytes(b"a part")
        raise StorageError("The disk is full.")

    monkeypatch.setattr(weights, "reserve", full)
    with pytest.raises(StorageError):
        deque(download(server.url, target, HASH), maxlen=0)
    assert not partial(target).exists()


def test_two_visitors_at_once_share_one_download(server: Server, target: Path) -> None:
    server.open.clear()
    waited = []

    def fetch() -> bytes:
        for progress in download(server.url, target, HASH):
            if progress.step == 0:  # this thread waits for the other
                waited.append(progress.message)
                server.open.set()
        return target.read_bytes()

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(fetch) for _ in range(2)]
        assert [future.result(PATIENCE) for future in futures] == [BODY, BODY]
    assert waited
    assert len(server.asked) == 1


def test_download_closed_by_another_thread_does_not_block_the_next(server: Server, target: Path) -> None:
    steps = download(server.url, target, HASH)
    next(steps)
    closer = threading.Thread(target=steps.close)
    closer.start()
    closer.join(PATIENCE)
    assert next(download(server.url, target, HASH)).step > 0
