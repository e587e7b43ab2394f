"""What every response tells the browser to refuse, and whose requests are refused here.

A page of another site can make a visitor's browser send requests to this server. Requests that change something and
websockets are answered only where ``Origin``, which browsers send with these, is the server's own address or one that
the operator trusts. Programs send none.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = {"GET", "HEAD", "OPTIONS"}
FOREIGN_ORIGIN = (
    "A page of another site sent this request, and only pages of this server may: open them, or send it from a program."
)
# Of Streamlit: visitors, memory and releases, for whoever asks. Its own routes cannot be left out.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
NOTHING_HERE = "There is nothing at this address."
UNKNOWN_HOST = "This server does not answer under this name: ask its operator for its address."
# Of the one script in Streamlit's index.html that is no file.
INLINE_SCRIPT = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"
PERMISSIONS = {"camera": "(self)", "microphone": "(self)"} | dict.fromkeys(
    (
        "accelerometer",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "midi",
        "payment",
        "serial",
        "usb",
    ),
    "()",
)


def content_security_policy(frame_ancestors: str = "") -> str:
    """The policy under which Streamlit's pages work. ``frame_ancestors``: sites that may frame them, besides itself.

    Streamlit's components are modules under ``blob:`` addresses, its styles are inline, and Vega compiles the
    expressions of a chart.
    """
    sources = {
        "default-src": "'self'",
        "script-src": f"'self' blob: 'wasm-unsafe-eval' {INLINE_SCRIPT}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "frame-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": f"'self' {frame_ancestors}".strip(),
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def security_headers(frame_ancestors: str = "") -> dict[str, str]:
    """The headers of every response."""
    return {
        "Content-Security-Policy": content_security_policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # the names of own models stand in addresses
        "Permissions-Policy": ", ".join(f"{name}={whom}" for name, whom in PERMISSIONS.items()),
    }


class Guard:
    """ASGI middleware around the whole app.

    ``origins``: other origins that are trusted, as in ``https://lab.example.org``. ``hosts``: names of this server,
    ``*.example.org`` for all below; none means any. ``frame_ancestors``: as in ``content_security_policy``.
    """

    def __init__(
        self, app: ASGIApp, origins: Collection[str] = (), hosts: Collection[str] = (), frame_ancestors: str = ""
    ) -> None:
        self.app, self.origins, self.hosts = app, {origin.rstrip("/").lower() for origin in origins}, hosts
        self.headers = security_headers(frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                del headers["server"]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            from zoo.api.problems import problem  # imports FastAPI, which the first page does not need

            await problem(*refusal)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if self.hosts and not any(_matches(host, pattern.strip().lower()) for pattern in self.hosts):
            return 421, UNKNOWN_HOST
        if any(path in scope["path"] for path in CLOSED):
            return 404, NOTHING_HERE
        if scope["type"] == "http" and scope["method"] in READING:
            return None
        origin = headers.get("origin")
        if origin is None or origin.lower() in self.origins or urlsplit(origin).netloc.lower() == host:
            return None
        return 403, FOREIGN_ORIGIN


def _matches(host: str, pattern: str) -> bool:
    """Whether the name in a Host header, without its port, is as the pattern asks."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))
