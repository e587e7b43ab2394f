"""The web server, which tells those who wait for jobs that it stops before it closes their connections."""

import asyncio
import socket
import sys

import uvicorn

STEP = 2.0  # seconds for the step that is being computed
NOTICE = 2.0  # seconds for pages, which ask for the state of their job twice a second, to draw the sentence


class Server(uvicorn.Server):
    """Uvicorn's, which closes every websocket at once when it is asked to stop."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await tell_owners()
        await super().shutdown(sockets)


async def tell_owners() -> None:
    """End all jobs with a sentence to their owners. Waits, where there were any, until pages had time to draw it."""
    if "zoo.core.runtime" not in sys.modules:  # imported by the first page or request that computes
        return
    from zoo.core.runtime import get_runtime

    runtime = get_runtime()
    stats = runtime.stats()
    stopping = asyncio.create_task(asyncio.to_thread(runtime.stop))
    await asyncio.wait([stopping], timeout=STEP)  # a longer step goes on until the process ends
    if stats.active_jobs or stats.queued_jobs:
        await asyncio.sleep(NOTICE)
