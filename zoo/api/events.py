"""Jobs over HTTP: waited for, or followed as server-sent events. A client that leaves cancels its job."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from zoo.api import work
from zoo.api.problems import error_record
from zoo.core.jobs import Job
from zoo.core.operations import Operation
from zoo.core.steps import Progress

POLL = 0.5  # seconds between two checks whether the client is connected


def when_ended(job: Job[Any], call: Callable[[], object]) -> None:
    """Call it once the job has ended, in whatever thread; it may be called twice."""
    job.on_change(lambda: call() if job.ended else None)
    if job.ended:
        call()


async def changes(job: Job[Any]) -> AsyncIterator[None]:
    """Yields whenever the job may have moved on, and twice a second, until it has ended. No thread waits."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    forget = job.on_change(lambda: loop.call_soon_threadsafe(changed.set))
    try:
        while not job.ended:
            changed.clear()
            yield
            # Not asyncio.wait_for: until Python 3.12 it may swallow the cancellation of whoever waits.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await changed.wait()
    finally:
        forget()


async def finished(job: Job[Any]) -> Any:
    """What the job returns. Raises its error; whoever waits no longer cancels it."""
    try:
        async for _ in changes(job):
            pass
        return job.result()
    finally:
        job.cancel()


class JobEvents(StreamingResponse):
    """A stream whose job ends with it, also where the client left before it began."""

    def __init__(self, job: Job[Any], events: AsyncIterator[bytes]) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._job = job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._job.cancel()


def followed(operation: Operation, job: Job[Any], request: Request) -> JobEvents:
    """Events ``progress``, then ``result`` or ``error``, a problem as elsewhere."""
    return JobEvents(job, _events(operation, job, request))


async def _events(operation: Operation, job: Job[Any], request: Request) -> AsyncIterator[bytes]:
    count = 0
    try:
        async for _ in changes(job):
            if await request.is_disconnected():
                return
            count, records = job.since(count, 0)
            for record in records:
                yield _progress(operation, record)
        for record in job.since(count, 0)[1]:  # those that came with its end
            yield _progress(operation, record)
        yield _event("result", await work.pool().run(_result, operation, job.result()))
    except Exception as error:  # the job's, or that of rendering its result
        yield _event("error", job.as_dict() | error_record(request, error))


def _progress(operation: Operation, record: Progress) -> bytes:
    visible = {} if record.preview is None else {"preview": operation.preview(record.preview)}
    return _event("progress", record.as_dict() | visible)


def _result(operation: Operation, result: Any) -> dict[str, Any]:
    record = operation.record(result)
    if operation.file:
        data = base64.b64encode(operation.file.render(result)).decode()
        record["file"] = f"data:{operation.file.mime};base64,{data}"
    return record


def _event(name: str, data: Any) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))
