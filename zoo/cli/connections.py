"""Connections that end when their client sends nothing: uvicorn itself waits for the rest of a request for ever."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0  # for the request line and all headers, also of a connection that has sent nothing yet
PAUSE_SECONDS = 30.0  # between two parts of a body
BODY_SECONDS = 900.0  # for a whole body: 200 MiB at 2 Mbit/s
LAST_LOOK = 0.05  # after a time is over: a held-up loop reads what came in between, then closes


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol that closes a connection whose request does not arrive."""

    _timer: asyncio.TimerHandle | None = None
    _began = 0.0  # when the part of the request began that is awaited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._awaited: Any = None
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is self:
            self._watch()
        else:  # it has become a websocket, which has pings of its own
            self._stop_watching()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._stop_watching()  # from here on, uvicorn's keep-alive time counts
        self._awaited = None

    def timeout_keep_alive_handler(self) -> None:
        """A long import may hold the loop up beyond the time, so that the next request lies there unread."""
        self.timeout_keep_alive_task = self.loop.call_later(LAST_LOOK, super().timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Start or go on with the time for what the client has to send: the head, then the body."""
        awaited, now = self.conn.their_state, self.loop.time()
        if awaited is not self._awaited:
            self._awaited, self._began = awaited, now
        elif awaited is h11.IDLE and self._timer is not None:
            return  # each byte of a head adds no time
        self._stop_watching()
        if awaited is h11.IDLE:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._look_again)
        elif awaited is h11.SEND_BODY:
            left = self._began + BODY_SECONDS - now
            self._timer = self.loop.call_later(max(0.0, min(PAUSE_SECONDS, left)), self._look_again)

    def _look_again(self) -> None:
        self._timer = self.loop.call_later(LAST_LOOK, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        if self._awaited is h11.SEND_BODY and not self.transport.is_reading():
            self._watch()  # the server reads no further: it is not the client who is late
        elif not self.transport.is_closing():
            self.transport.close()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
