"""Clients of the API: each sends one request after the other over a connection of its own."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from tests.interfaces.examples import inputs_and_knobs
from tests.load.visitors import Readings
from zoo.core.operations import Operation
from zoo.exhibits import OPERATIONS

PATIENCE = 300.0
BUSY = 429
Request = tuple[str, dict[str, Any]]


def mixed_requests(folder: Path, commands: Sequence[str]) -> list[Request]:
    """The examples of some operations as requests."""
    return [_request(each, folder) for each in OPERATIONS if each.command in commands]


def sentiment(number: int = 0) -> Request:
    """A request of one small prediction."""
    return "/api/v1/sentiment", {"data": {"text": f"The film number {number} was good from its beginning to its end."}}


def _request(operation: Operation, folder: Path) -> Request:
    inputs, knobs = inputs_and_knobs(operation, folder)
    files, data = [], {name: str(value) for name, value in knobs.items() if not isinstance(value, list)}
    data |= {name: value for name, value in knobs.items() if isinstance(value, list)}
    for kind in operation.inputs:
        if kind.kind == "text":
            data[kind.name] = inputs[kind.name]
        else:
            given = inputs[kind.name] if kind.kind == "images" else [inputs[kind.name]]
            files += [(kind.name, (path.name, path.read_bytes())) for path in given]
    return f"/api/v1{operation.path}", {"data": data, "files": files} if files else {"data": data}


async def ask(address: str, requests: Sequence[Request], until: float, readings: Readings, first: int = 0) -> None:
    """Send the requests in turn, beginning with number ``first``, until ``until``."""
    # Without certificates, which take each client a moment to read, and all of them the loop for seconds.
    async with httpx2.AsyncClient(base_url=address, timeout=PATIENCE, verify=False) as client:
        for path, sent in itertools.islice(itertools.cycle(requests), first, None):
            if time.monotonic() >= until:
                return
            started = time.monotonic()
            try:
                answer = await client.post(path, **sent)
            except httpx2.HTTPError as error:
                readings.mishaps.append(f"{path}: {type(error).__name__} {error}")
                continue
            if answer.status_code == BUSY:
                readings.busy += 1
                await asyncio.sleep(float(answer.headers["Retry-After"]))
            elif answer.status_code == httpx2.codes.OK:
                readings.seconds.append(time.monotonic() - started)
            else:
                readings.mishaps.append(f"{path}: {answer.status_code} {answer.text[:200]}")


async def ask_plainly(address: str, request: Request, begun: float, seconds: Sequence[Readings]) -> None:
    """Send one form again and again, at little cost: httpx2 would take a client as long as the server takes.

    ``seconds``: the readings of the first second since ``begun``, of the second one, and so on until they end.
    """
    path, sent = request
    body = urlencode(sent["data"]).encode()
    where = urlsplit(address)
    head = f"POST {path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {len(body)}\r\n"
    message = f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    with closing(writer):
        while (since := time.monotonic() - begun) < len(seconds):
            writer.write(message)
            answer = await reader.readuntil(b"\r\n\r\n")
            status, *headers = answer.decode().split("\r\n")
            length = next(line for line in headers if line.lower().startswith("content-length:"))
            await reader.readexactly(int(length.partition(":")[2]))
            readings = seconds[int(since)]
            readings.seconds.append(time.monotonic() - begun - since)
            if status.split()[1] != "200":
                readings.mishaps.append(status)
