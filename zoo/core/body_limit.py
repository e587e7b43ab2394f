"""A limit on request bodies, so that nobody fills the disk with an upload that no decoder would take."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.core.errors import TooLargeError


class BodyLimit:
    """ASGI middleware that answers 413 as soon as a body is announced as, or grows, larger than ``max_bytes``."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received, started = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # What the application makes of an error while it reads is not the answer: that is given below.
            if started or received <= self.max_bytes:
                started = True
                await send(message)

        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) <= self.max_bytes:
            try:
                await self.app(scope, counted, watched)
            except TooLargeError:
                if started or received <= self.max_bytes:
                    raise
            if started or received <= self.max_bytes:
                return
        sentence = f"The request is larger than {self.max_bytes / 2**20:.0f} MiB: send a smaller file."
        await JSONResponse({"error": sentence}, TooLargeError.status)(scope, receive, send)
