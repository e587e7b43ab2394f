"""One router an exhibit: ``POST /v1/EXHIBIT/NAME`` for each of its operations."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from zoo.api import events, own
from zoo.api.forms import JSON, FormRoute
from zoo.api.parameters import formats, parameters, takes_json
from zoo.api.problems import RESPONSES
from zoo.core.operations import Exhibit, Operation, start
from zoo.core.runtime import get_runtime


def exhibit_router(exhibit: Exhibit, frame: int) -> APIRouter:
    """The routes of one exhibit. ``frame``: bytes that a request may have beyond its inputs."""
    router = APIRouter(prefix="/v1", tags=[exhibit.name], route_class=FormRoute)
    for operation in exhibit.operations:
        router.post(
            operation.path,
            name=operation.attribute,
            summary=operation.summary,
            operation_id=operation.attribute,
            responses=RESPONSES | {200: _success(operation)},
            response_model=None,
            openapi_extra=_json_body(operation) if takes_json(operation) else None,
            max_body_size=frame + sum(each.max_bytes for each in operation.inputs),
        )(_endpoint(operation))
    return router


def _json_body(operation: Operation) -> dict[str, Any]:
    """The schema of the form, which FastAPI names so, is that of JSON too."""
    schema = {"$ref": f"#/components/schemas/Body_{operation.attribute}"}
    return {"requestBody": {"content": {JSON: {"schema": schema}}}}


def _success(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if operation.file:
        content[operation.file.mime] = {"schema": {"type": "string", "format": "binary"}}
    if operation.job:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {"model": operation.result, "content": content, "description": f"Format: {', '.join(formats(operation))}."}


def _endpoint(operation: Operation) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request, **values: Any) -> Response:
        del values["checked"]
        wanted = values.pop("chosen_format") or formats(operation)[0]
        knobs = values.pop("knobs")
        token = values.pop("owner_token", None) or own.new_token()
        call = {name: value for name, value in values.items() if value is not None} | knobs.model_dump()
        owner = own.owner_of(token) if operation.creates_model else ""
        if operation.file and operation.file.written:
            return await _written(operation, call, wanted, request, owner)
        if not operation.job:
            result = await run_in_threadpool(operation.run, call, owner=owner)
            return await _response(operation, result, wanted)
        response = await _job(operation, call, wanted, request, owner, None)
        if operation.creates_model:
            response.headers[own.HEADER] = token
        return response

    endpoint.__signature__ = inspect.Signature(parameters(operation))  # type: ignore[attr-defined]
    endpoint.__name__ = operation.attribute
    return endpoint


async def _written(operation: Operation, call: dict[str, Any], wanted: str, request: Request, owner: str) -> Response:
    """A job that writes its file itself: to a folder that goes once the response was sent."""
    folder = TemporaryDirectory()
    target = Path(folder.name) / f"result{operation.file.suffix if operation.file else ''}"
    try:
        response = await _job(operation, call, wanted, request, owner, target)
    except BaseException:
        folder.cleanup()
        raise
    response.background = BackgroundTask(folder.cleanup)
    return response


async def _job(
    operation: Operation, call: dict[str, Any], wanted: str, request: Request, owner: str, target: Path | None
) -> Response:
    steps = partial(start, operation, call, target, owner)
    job = await run_in_threadpool(get_runtime().submit, steps, title=operation.command)
    if wanted == "events":
        return events.followed(operation, job, request, operation.preview)
    return await _response(operation, await events.finished(job, request), wanted)


async def _response(operation: Operation, result: Any, wanted: str) -> Response:
    if wanted == "json" or operation.file is None:
        return Response(operation.json(result), media_type="application/json")
    return Response(
        await run_in_threadpool(operation.file.render, result), media_type=operation.file.mime, headers=_headers(result)
    )


def _headers(result: Any) -> dict[str, str]:
    """The restriction of the weights and the notes go with a file, which cannot tell them."""
    texts = {"X-Restriction": getattr(result, "restriction", ""), "X-Notes": " ".join(getattr(result, "notes", ()))}
    # A licence may say anything.
    return {name: " ".join(text.split()).encode("ascii", "replace").decode() for name, text in texts.items() if text}
