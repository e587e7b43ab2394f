"""A Hugging Face hub in this process: model pages and files of folders over HTTP, as ``huggingface_hub`` asks."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import close_session, constants

LOGIN_PAGE = b"<!DOCTYPE html><title>Welcome to our network</title>"
PATIENCE = 60  # seconds until a test that hangs fails


@dataclass
class Repository:
    """``page``: facts of its page, such as ``pipeline_tag`` and ``cardData``. ``revision``: its only commit."""

    folder: Path
    page: dict[str, Any] = field(default_factory=dict)
    revision: str = "0123456789abcdef" * 2 + "01234567"


class _Handler(BaseHTTPRequestHandler):
    server: "HubServer"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0].strip("/")
        self.server.requests.append(f"{self.command} {path}")
        parts = path.removeprefix("api/models/").split("/")
        repository = self.server.repositories.get("/".join(parts[:2]))
        if self.server.login_page and (self.command == "GET" or self.server.login_page_to_head):
            return self._send(self.server.login_page, self.server.page_headers, with_body)
        if self.server.status:
            return self._refuse("", self.server.status)
        if repository is None:
            return self._refuse("RepoNotFound")
        if len(parts) > 3 and parts[3] not in ("main", repository.revision):
            return self._refuse("RevisionNotFound")
        if path.startswith("api/models/"):
            return self._send(json.dumps(self._page("/".join(parts[:2]), repository)).encode(), {}, with_body)
        file = repository.folder / "/".join(parts[4:])
        if not file.is_file():
            return self._refuse("EntryNotFound")
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        headers = {"X-Repo-Commit": repository.revision, "ETag": f'"{self.server.etag or digest}"'}
        return self._send(data, headers, with_body)

    def _page(self, name: str, repository: Repository) -> dict[str, Any]:
        files = [
            {"rfilename": path.name, "size": path.stat().st_size}
            | (
                {"lfs": {"size": path.stat().st_size, "sha256": _sha256(path), "pointerSize": 1}}
                if path.suffix in (".safetensors", ".bin")
                else {}
            )
            for path in sorted(repository.folder.iterdir())
        ]
        return {"id": name, "sha": repository.revision, "siblings": files} | repository.page

    def _refuse(self, code: str, status: int = 404) -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, data: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(200)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        for start in range(0, len(data) if with_body else 0, 10_000):
            if start:
                self.server.open.wait(PATIENCE)
            if self.server.cut and start >= self.server.cut:
                self.close_connection = True
                return
            self.wfile.write(data[start : start + 10_000])

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest's output is for failures."""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class HubServer(ThreadingHTTPServer):
    """``open``: while it is not set, files stop after their first 10,000 bytes. ``etag``: sent in place of the hash.

    ``login_page``: every GET is answered with it and status 200, as in a hotel's network. ``status``: of all answers.
    ``cut``: how many bytes of a file are sent before the connection ends.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Repository] = {}
        self.requests: list[str] = []
        self.etag = ""
        self.status = self.cut = 0
        self.login_page, self.login_page_to_head = b"", False
        self.page_headers = {"Content-Type": "text/html"}
        self.open = threading.Event()
        self.open.set()
        self.url = f"http://127.0.0.1:{self.server_port}"


REVISION = Repository(Path()).revision


def publish(server: HubServer, folder: Path, revision: str = REVISION, **page: Any) -> None:
    """Let a folder be the repository owner/tiny."""
    server.repositories["owner/tiny"] = Repository(folder, page, revision)


@contextmanager
def hub_server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """The server, as the hub of this process; downloads go to ``cache``."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("ZOO_DATA", str(cache.parent / "data"))
    with HubServer() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        close_session()  # whose connections remember the proxies of the environment
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.open.set()
            server.shutdown()
            thread.join()
            close_session()
