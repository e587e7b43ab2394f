"""Errors as problem+json (RFC 9457), each with the id under which it stands in the log."""

import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zoo.core.errors import BusyError, InputError, TooLargeError, ZooError
from zoo.core.knobs import describe_error
from zoo.core.storage import storage_error

logger = logging.getLogger(__name__)
MIME = "application/problem+json"
TOO_LARGE = "The request is larger than this operation accepts: send a smaller file."
SCHEMA = "/api/openapi.json"
UNFORESEEN = "Something went wrong on our side. Try again; if it happens again, report the request_id."


@dataclass(frozen=True)
class Problem:
    """``detail``: a sentence that says what to do. ``request_id``: the same in the server's log."""

    title: str
    status: int
    detail: str
    request_id: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The form cannot be read."},
    404: {"model": Problem, "description": "No such model."},
    413: {"model": Problem, "description": "A file or the text is too large."},
    415: {"model": Problem, "description": "The body is neither a form nor JSON."},
    422: {"model": Problem, "description": "An input cannot be used, or a knob is out of bounds."},
    429: {"model": Problem, "description": "The queue is full: `Retry-After` says when to try again."},
    500: {"model": Problem, "description": "A fault of the server: `request_id` stands in its log."},
    503: {"model": Problem, "description": "A model or something outside is missing, most often the network."},
    507: {"model": Problem, "description": "The disk is full, or the limit on downloads is reached."},
    504: {"model": Problem, "description": "It took longer than the operator allows."},
}


def problem(status: int, detail: str, headers: dict[str, str] | None = None, request_id: str = "") -> JSONResponse:
    """The response to an error."""
    return JSONResponse(_record(status, detail, request_id), status, headers, media_type=MIME)


def _record(status: int, detail: str, request_id: str = "") -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    return {"title": phrase, "status": status, "detail": detail, "request_id": request_id or secrets.token_hex(8)}


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
        detail = error.detail if error.detail.endswith(".") else f"{error.detail}: see {SCHEMA} for what there is."
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = set(headers["Allow"].split(", "))
        allowed = headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        detail = f"{request.method} is not answered here: send {allowed}. {SCHEMA} says what there is."
    return problem(error.status_code, detail, headers)


def unforeseen_error(request: Request, error: Exception) -> JSONResponse:
    """A full or read-only disk, wherever it was met, or else a fault of ours."""
    if known := storage_error(error):
        logger.warning("%s %s: %s", request.method, request.url.path, error)
        return known_error(request, known)
    return problem(500, UNFORESEEN, request_id=logged(request, error))


def logged(request: Request, error: BaseException) -> str:
    """Write an unforeseen error to the log; the id under which it stands there."""
    request_id = secrets.token_hex(8)
    logger.error("request %s: %s %s failed", request_id, request.method, request.url.path, exc_info=error)
    return request_id


def error_record(request: Request, error: BaseException) -> dict[str, Any]:
    """The members of the problem that an error is, for a stream whose status was sent long ago."""
    known = error if isinstance(error, ZooError) else storage_error(error)
    if known:
        return _record(known.status, str(known))
    return _record(500, UNFORESEEN, logged(request, error))


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
    app.add_exception_handler(OSError, unforeseen_error)
    app.add_exception_handler(Exception, unforeseen_error)
