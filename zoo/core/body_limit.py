"""A limit on request bodies, so that nobody fills the disk with an upload that no decoder would take."""

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.core.errors import TooLargeError


class BodyLimit:
    """ASGI middleware that answers 413 as soon as a body is announced as, or grows, larger than ``max_bytes``.

    ``elsewhere``: other limits for the routes that begin so.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, elsewhere: Mapping[str, int] | None = None) -> None:
        self.app, self.max_bytes, self.elsewhere = app, max_bytes, elsewhere or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        route = scope["path"].removeprefix(scope.get("root_path", ""))
        limit = next((n for start, n in self.elsewhere.items() if route.startswith(start)), self.max_bytes)
        received, started = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # What the application makes of an error while it reads is not the answer: that is given below.
            if started or received <= limit:
                started = True
                await send(message)

        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) <= limit:
            try:
                await self.app(scope, counted, watched)
            except TooLargeError:
                if started or received <= limit:
                    raise
            if started or received <= limit:
                return
        sentence = f"The request is larger than {limit / 2**20:.0f} MiB: send a smaller file."
        await JSONResponse({"error": sentence}, TooLargeError.status)(scope, receive, send)
