"""Requests that a test begins, leaves and looks at, and calls of operations that last until they are told."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.types import Message

from tests.core.runtimes import PATIENCE
from zoo.api.app import app
from zoo.core.cancellation import check_cancelled
from zoo.core.errors import InputError
from zoo.core.steps import Progress, Steps

PREDICTION, JOB = "/v1/sentiment", "/v1/generate"


@dataclass
class Asked:
    """A request under way: its client leaves when told, and what it was answered."""

    left: asyncio.Event
    messages: list[Message] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()


def ask(path: str, text: str = "good", **fields: str) -> tuple["asyncio.Task[None]", Asked]:
    """Begin a request of a form."""
    body = urlencode({"text": text, **fields}).encode()
    return send(path, body, "application/x-www-form-urlencoded")


def send(path: str, body: bytes, mime: str, method: str = "POST") -> tuple["asyncio.Task[None]", Asked]:
    asked, received = Asked(asyncio.Event()), False

    async def receive() -> Message:
        nonlocal received
        if not received:
            received = True
            return {"type": "http.request", "body": body}
        await asked.left.wait()
        return {"type": "http.disconnect"}

    async def answer(message: Message) -> None:
        asked.messages.append(message)

    path, _, query = path.partition("?")
    headers = [(b"content-type", mime.encode()), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": method, "path": path}
    scope |= {"query_string": query.encode(), "headers": headers, "app": app, "scheme": "http", "http_version": "1.1"}
    return asyncio.ensure_future(app(scope, receive, answer)), asked


async def until(condition: Callable[[], object]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


@dataclass
class Held:
    """Calls of an operation, which last until they are told, or until nobody waits for them."""

    leave: threading.Event = field(default_factory=threading.Event)
    entered: int = 0
    ended: int = 0

    def predict(self, *inputs: Any, **extra: Any) -> Any:
        self.entered += 1
        try:
            while not self.leave.wait(0.001):
                check_cancelled()
        finally:
            self.ended += 1
        raise InputError("Told.")

    def job(self, *inputs: Any, **extra: Any) -> Steps[Any]:
        self.entered += 1
        try:
            while not self.leave.is_set():
                threading.Event().wait(0.001)
                yield Progress(1, message="going")
        finally:
            self.ended += 1
        raise InputError("Told.")
