"""Errors as problem+json (RFC 9457), each with the id under which it stands in the log."""

import http
import logging
import secrets
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.core.errors import BusyError, InputError, TooLargeError, ZooError
from zoo.core.knobs import describe_error

logger = logging.getLogger(__name__)
MIME = "application/problem+json"
TOO_LARGE = "The request is larger than this operation accepts: send a smaller file."
UNFORESEEN = "Something went wrong on our side. Try again; if it happens again, report the request_id."


@dataclass(frozen=True)
class Problem:
    """``detail``: a sentence that says what to do. ``request_id``: the same in the server's log."""

    title: str
    status: int
    detail: str
    request_id: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such model."},
    413: {"model": Problem, "description": "A file or the text is too large."},
    422: {"model": Problem, "description": "An input cannot be used, or a knob is out of bounds."},
    429: {"model": Problem, "description": "The queue is full: `Retry-After` says when to try again."},
    503: {"model": Problem, "description": "Something outside is missing, most often the network."},
}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, request_id: str = "") -> JSONResponse:
    """The response to an error."""
    record = {
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id or secrets.token_hex(8),
    }
    return JSONResponse(record, status, headers, media_type=MIME)


def known_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ZooError)
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if isinstance(error, BusyError) else {}
    return problem(error.status, str(error), headers)


def malformed_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(InputError.status, describe_error(error.errors()[0]))


def http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == TooLargeError.status:
        detail = TOO_LARGE
    else:
        detail = f"{error.detail}: see /api/openapi.json for what there is."
    return problem(error.status_code, detail, dict(error.headers or {}))


def unforeseen_error(request: Request, error: Exception) -> JSONResponse:
    request_id = secrets.token_hex(8)
    logger.error("request %s: %s %s failed", request_id, request.method, request.url.path, exc_info=error)
    return problem(500, UNFORESEEN, request_id=request_id)


class TooLargeAsProblem:
    """ASGI middleware: FastAPI's body limit answers in plain text, and here every error is a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        replaced = False

        async def watched(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == TooLargeError.status:
                replaced = (b"content-type", MIME.encode()) not in message["headers"]
                if replaced:
                    await problem(TooLargeError.status, TOO_LARGE)(scope, receive, send)
            if not replaced:
                await send(message)

        await self.app(scope, receive, watched)


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem."""
    app.add_middleware(TooLargeAsProblem)
    app.add_exception_handler(ZooError, known_error)
    app.add_exception_handler(RequestValidationError, malformed_request)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unforeseen_error)
