"""Servers and commands to which faults are done: in folders of their own, with disks that no other program has."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]
PATIENCE = 600  # seconds for a server to start or a command to end
NOWHERE = "http://127.0.0.1:9"  # a proxy that nobody listens on: the machine is without a network


@dataclass(frozen=True)
class Server:
    """A server on a port of this machine. ``folder``: where its files may lie."""

    process: "subprocess.Popen[bytes]"
    address: str
    folder: Path

    def inside(self, path: Path) -> Path:
        """A path as the server sees it, with its own disks."""
        return Path(f"/proc/{self.process.pid}/root{path}")

    def post(self, path: str, **arguments: Any) -> httpx2.Response:
        return httpx2.post(f"{self.address}/api/v1/{path}", timeout=PATIENCE, trust_env=False, **arguments)

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.address}{path}", timeout=PATIENCE, trust_env=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Folders of the process below ``folder``, and no network."""
    for name in ("tmp", "data", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    given = {
        "TMPDIR": str(folder / "tmp"),
        "ZOO_DATA": str(folder / "data"),
        "ZOO_CACHE": str(folder / "cache"),
        "TORCH_HOME": str(folder / "cache"),
        "HF_HOME": str(folder / "cache"),
        "ZOO_WARM": "none",
        "ZOO_DEVICE": "cpu",
        "OMP_NUM_THREADS": "1",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "http_proxy": NOWHERE,
        "https_proxy": NOWHERE,
    }
    return os.environ | given | more


@contextmanager
def server(
    folder: Path, root: Path = ROOT, prepare: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server of the checkout at ``root``. ``prepare``: shell commands before it, in a mount namespace of its own."""
    port = free_port()
    command = [sys.executable, "-m", "zoo", "serve", "--host", "127.0.0.1", "--port", str(port)]
    log = (folder.parent / f"{folder.name}.log").open("wb")
    process = subprocess.Popen(
        apart(command, prepare), cwd=root, env=environment(folder, **settings or {}), stdout=log, stderr=log
    )
    started = Server(process, f"http://127.0.0.1:{port}", folder)
    try:
        _wait_until_it_answers(started)
        yield started
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        log.close()


def _wait_until_it_answers(started: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and started.process.poll() is None:
        try:
            started.get("/api/v1/health")
        except httpx2.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"The server did not start: see {started.folder}.log")


def apart(command: Sequence[str], prepare: str) -> list[str]:
    """A command after ``prepare``, with mounts that end with it and that no other process has."""
    return ["unshare", "--mount", "sh", "-ec", f"{prepare}; exec {shlex.join(command)}"] if prepare else list(command)


def zoo(
    folder: Path, *arguments: str, root: Path = ROOT, prepare: str = "", **settings: str
) -> "subprocess.CompletedProcess[str]":
    """The command ``zoo``, run to its end."""
    command = apart([sys.executable, "-m", "zoo", *arguments], prepare)
    return subprocess.run(
        command, cwd=root, env=environment(folder, **settings), capture_output=True, text=True, timeout=PATIENCE
    )


def sentence(answer: httpx2.Response, status: int) -> str:
    """The sentence of a problem. Raises AssertionError for anything else, or another status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:300]}"
    problem: dict[str, Any] = json.loads(answer.text)
    return f"{status}: {problem['detail']}"


def told(done: "subprocess.CompletedProcess[str]") -> str:
    """The sentence of a command that failed. Raises AssertionError for a traceback or exit status 0."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("zoo: ")]
    assert done.returncode == 2, f"{done.returncode}: {done.stdout[-300:]} {done.stderr[-600:]}"
    assert "Traceback" not in done.stderr
    return f"exit 2: {lines[-1].removeprefix('zoo: ')}"
