"""``POST /v1/EXHIBIT/NAME`` for each operation of an exhibit."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response

from zoo.api import events, own, uploads, work
from zoo.api.forms import JSON, FormRoute
from zoo.api.parameters import formats, has_fields, parameters, takes_json
from zoo.api.problems import RESPONSES
from zoo.core.cancellation import on_cancel
from zoo.core.jobs import Job
from zoo.core.operations import Exhibit, Operation, start
from zoo.core.runtime import get_runtime


def add_operations(app: FastAPI, exhibit: Exhibit, frame: int) -> None:
    """The routes of one exhibit. ``frame``: bytes that a request may have beyond its inputs.

    They are routes of the app itself: a router of their own would be searched twice a request.
    """
    for operation in exhibit.operations:
        app.router.add_api_route(
            f"/v1{operation.path}",
            _endpoint(operation),
            methods=["POST"],
            tags=[exhibit.name],
            name=operation.attribute,
            summary=operation.summary,
            operation_id=operation.attribute,
            responses=RESPONSES | {200: _success(operation)},
            response_model=None,
            openapi_extra=_json_body(operation) if takes_json(operation) and has_fields(operation) else None,
            max_body_size=frame + sum(each.max_bytes for each in operation.inputs),
            route_class_override=FormRoute,
        )


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
    answer = _job if operation.job else _prediction

    async def endpoint(request: Request, **values: Any) -> Response:
        del values["checked"]
        wanted = values.pop("chosen_format") or formats(operation)[0]
        form = {name: value for name, value in values.pop("form", ()) if value is not None}
        token = (values.pop("owner_token", None) or own.new_token()) if operation.takes_owner else ""
        call = Call(operation, form, wanted, own.owner_of(token) if token else "", values.get("folder"))
        response = await work.answered(request, answer(request, call))
        if operation.creates_model:
            response.headers[own.HEADER] = token
        return response

    endpoint.__signature__ = inspect.Signature(parameters(operation))  # type: ignore[attr-defined]
    endpoint.__name__ = operation.attribute
    return endpoint


@dataclass(frozen=True)
class Call:
    """A request for an operation.

    ``form``: its fields, the files as they were received. ``wanted``: the format of its answer. ``folder``: where its
    files may lie until the response was sent.
    """

    operation: Operation
    form: Mapping[str, Any]
    wanted: str
    owner: str
    folder: Path | None

    def is_brief(self, pool: work.Pool) -> bool:
        """Whether the worker can compute all of it at once, as one step that loads no model and overtakes nobody."""
        return self.operation.brief and pool.inside == 1 and get_runtime().is_free_for(self.form["model"])

    @property
    def target(self) -> Path | None:
        """The file that the operation writes itself, if it does."""
        file = self.operation.file
        return self.folder / f"result{file.suffix}" if file and file.written and self.folder else None


async def _prediction(request: Request, call: Call) -> Response:
    pool = work.pool()
    with pool.place():
        inputs, hold = await uploads.decoded(call.operation, call.form, pool, call.folder)
        try:
            if call.is_brief(pool):
                return await work.run_on_worker(_predict, call, inputs)
            return await pool.run(_predict, call, inputs)
        finally:
            hold.release()


def _predict(call: Call, inputs: Mapping[str, Any]) -> Response:
    values = {**call.form, **inputs}
    return _response(call.operation, call.operation.run(values, call.target, owner=call.owner), call.wanted)


async def _job(request: Request, call: Call) -> Response:
    pool = work.pool()
    with pool.place():
        inputs, hold = await uploads.decoded(call.operation, call.form, pool, call.folder)
        try:
            job = await pool.run(_submit, call, inputs)
        except BaseException:
            hold.release()
            raise
    events.when_ended(job, hold.release)
    if call.wanted == "events":
        return events.followed(call.operation, job, request)
    return await pool.run(_response, call.operation, await events.finished(job), call.wanted)


def _submit(call: Call, inputs: Mapping[str, Any]) -> Job[Any]:
    steps = partial(start, call.operation, {**call.form, **inputs}, call.target, call.owner)
    job = get_runtime().submit(steps, title=call.operation.command)
    on_cancel(job.cancel)  # the client may have left by now
    return job


def _response(operation: Operation, result: Any, wanted: str) -> Response:
    if wanted == "json" or operation.file is None:
        return Response(operation.json(result), media_type="application/json")
    mime, headers = operation.file.mime, _headers(result)
    if operation.file.named:
        mime, name = operation.file.named(result)
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(operation.file.render(result), media_type=mime, headers=headers)


def _headers(result: Any) -> dict[str, str]:
    """The restriction of the weights and the notes go with a file, which cannot tell them."""
    texts = {"X-Restriction": getattr(result, "restriction", ""), "X-Notes": " ".join(getattr(result, "notes", ()))}
    # A licence may say anything.
    return {name: " ".join(text.split()).encode("ascii", "replace").decode() for name, text in texts.items() if text}
