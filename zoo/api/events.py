"""Jobs over HTTP: waited for, or followed as server-sent events. A client that leaves cancels its job."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from zoo.api.problems import error_record
from zoo.core.jobs import Job
from zoo.core.operations import Operation

POLL = 0.5  # seconds between two checks whether the client is connected


async def changes(job: Job[Any], request: Request) -> AsyncIterator[None]:
    """Yields whenever the job may have moved on, until it has ended or the client has left."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    forget = job.on_change(lambda: loop.call_soon_threadsafe(changed.set))
    try:
        while not job.ended and not await request.is_disconnected():
            changed.clear()
            yield
            try:
                await asyncio.wait_for(changed.wait(), POLL)
            except TimeoutError:
                continue
    finally:
        forget()


async def finished(job: Job[Any], request: Request) -> Any:
    """What the job returns. Raises its error, or CancelledJob when the client has left."""
    try:
        async for _ in changes(job, request):
            pass
    finally:
        job.cancel()
    return job.result() if job.ended else None


def followed(operation: Operation, job: Job[Any], request: Request, preview: Callable[[Any], Any]) -> StreamingResponse:
    """Events ``progress``, then ``result`` or ``error``, a problem as elsewhere."""
    return StreamingResponse(_events(operation, job, request, preview), media_type="text/event-stream")


async def _events(
    operation: Operation, job: Job[Any], request: Request, preview: Callable[[Any], Any]
) -> AsyncIterator[bytes]:
    count = 0
    try:
        async for _ in changes(job, request):
            count, records = job.since(count, 0)
            for record in records:
                visible = {} if record.preview is None else {"preview": preview(record.preview)}
                yield _event("progress", record.as_dict() | visible)
        if not job.ended:
            return
        for record in job.since(count, 0)[1]:
            yield _event("progress", record.as_dict())
        result = job.result()
        extra: dict[str, str] = {}
        if operation.file:
            data = await asyncio.to_thread(operation.file.render, result)
            extra["file"] = f"data:{operation.file.mime};base64,{base64.b64encode(data).decode()}"
        yield _event("result", operation.record(result) | extra)
    except Exception as error:  # the job's, or that of rendering its result
        yield _event("error", job.as_dict() | error_record(request, error))
    finally:
        job.cancel()


def _event(name: str, data: Any) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))
