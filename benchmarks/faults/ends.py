"""Servers that are killed, stopped, or started where one is."""

import json
import signal
import socket
import time
from pathlib import Path

import httpx2

from benchmarks.faults.processes import PATIENCE, Server, free_port, server, told, zoo
from zoo.examples import example_path

STOP = 10.0  # seconds
LONG = {"steps": "500", "size": "256"}


def killed_in_a_request(folder: Path) -> list[tuple[str, str]]:
    table = b"text\n" + b"a good day\n" * 100_000
    with server(folder) as started, httpx2.Client(trust_env=False, timeout=PATIENCE) as client:
        begun = client.stream(
            "POST",
            f"{started.address}/api/v1/sentiment/table?format=events",
            files={"table": ("table.csv", table)},
        )
        with begun as answer:
            next(answer.iter_lines())
            left = sorted(path.name for path in (folder / "tmp").glob("menagerie-*/*"))
            started.process.send_signal(signal.SIGKILL)
            started.process.wait()
    assert left
    before = set((folder / "tmp").glob("menagerie-*"))
    assert before
    with server(folder):
        assert not before & set((folder / "tmp").glob("menagerie-*"))
    return [("the next start", "it works, and the uploads of the killed server are gone")]


def stopped_in_a_job(folder: Path) -> list[tuple[str, str]]:
    with server(folder) as started, httpx2.Client(trust_env=False, timeout=PATIENCE) as client:
        event, seconds = _stop_while_it_paints(started, client)
        status = started.process.returncode
    assert status == 0, f"exit status {status}"
    assert seconds <= STOP, f"{seconds:.1f} s"
    return [("the client of the job", event), ("the server", f"exit 0 within {STOP:.0f} s")]


def _stop_while_it_paints(started: Server, client: httpx2.Client) -> tuple[str, float]:
    """The last event that the client of a job got, and the seconds from SIGTERM to the end."""
    files = {
        "content": ("c.jpg", Path(example_path("coffee")).read_bytes()),
        "style": ("s.webp", Path(example_path("ink")).read_bytes()),
    }
    files = {name: files[key] for name, key in zip(_inputs("style"), files, strict=False)}
    address = f"{started.address}/api/v1/style?format=events"
    lines: list[str] = []
    begun = 0.0
    with client.stream("POST", address, data=LONG, files=files) as answer:
        assert answer.status_code == 200, answer.read()[:300]
        for line in answer.iter_lines():
            if line.startswith("data: "):
                lines.append(line.removeprefix("data: "))
            if not begun and lines:
                begun = time.monotonic()
                started.process.send_signal(signal.SIGTERM)
    started.process.wait(PATIENCE)
    last = json.loads(lines[-1])
    return f"event: {last['detail']}", time.monotonic() - begun


def _inputs(command: str) -> list[str]:
    from zoo.exhibits import OPERATIONS

    (operation,) = (each for each in OPERATIONS if each.command == command)
    return [each.name for each in operation.inputs]


def port_in_use(folder: Path) -> list[tuple[str, str]]:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        sentence = told(zoo(folder, "serve", "--host", "127.0.0.1", "--port", str(port)))
    return [("zoo serve", sentence.replace(str(port), "8501"))]
