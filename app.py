"""The entry point: one process serves the pages and, at /api, the HTTP API. ``zoo serve`` starts it."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, cached_property

import click
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.web import bootstrap
from streamlit.web.cli import configurator_options

from pages.components import browser_network
from pages.components.escape import literal
from pages.components.workspaces import grace, visitors
from zoo import warming
from zoo.api.security import Guard
from zoo.core.byte_budget import collect_garbage
from zoo.core.cards import bundled_cards
from zoo.core.errors import InputError, ZooError
from zoo.core.settings import Settings
from zoo.core.storage import storage_error

SWEEP = 2.0  # seconds between two looks for visitors who have left
COLLECT = 10.0  # seconds between two collections of garbage at least: all threads wait for one, for 0.1 s or more
logger = logging.getLogger(__name__)
UNFORESEEN = "Something went wrong on our side. Reload the page; if it happens again, tell whoever runs this server."


def read_streamlit_variables() -> None:
    """Set Streamlit's options from their variables, STREAMLIT_SERVER_ALLOWED_HOSTS for one.

    Streamlit itself reads them in its command ``streamlit run`` alone, whose options these are. Raises InputError for a
    variable whose value is no value of the option.
    """

    @click.command()
    @configurator_options
    def read(**options: object) -> None:
        bootstrap.load_config_options(options)

    try:
        read.main(args=[], standalone_mode=False)
    except click.ClickException as error:
        raise InputError(error.format_message()) from error


async def health(request: Request) -> JSONResponse:
    """Answers without importing torch."""
    return JSONResponse({"status": "ok", "models": [card.name for card in bundled_cards()]})


async def ready(request: Request) -> JSONResponse:
    """Whether the first prediction of each exhibit was made: 200, or 503 until then. Imports no torch."""
    status, record, headers = warming.readiness()
    return JSONResponse(record, status, headers)


@cache
def load_api() -> ASGIApp:
    """Imported at its first request: that takes a moment."""
    from zoo.api.app import app as loaded
    from zoo.api.app import build_routes

    build_routes(loaded)
    return loaded


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    """The API; its import blocks no other request."""
    loaded = load_api() if load_api.cache_info().currsize else await run_in_threadpool(load_api)
    await loaded(scope, receive, send)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Read the cards before the first visitor; stop the worker and remove the visitors' files after the last."""
    bundled_cards()
    warm_up = warming.start_warming(load_api)
    sweeping = asyncio.create_task(sweep())
    yield
    sweeping.cancel()
    warm_up.stop()
    if "zoo.core.runtime" in sys.modules:
        from zoo.core.runtime import get_runtime

        await run_in_threadpool(get_runtime().stop)
    await run_in_threadpool(visitors.clear)


async def sweep() -> None:
    """Remove what belongs to visitors who have left, and free the memory that they held, until the server ends."""
    left, collected = 0, time.monotonic()
    while True:
        await asyncio.sleep(SWEEP)
        try:
            left += await asyncio.to_thread(visitors.sweep, grace())
        except Exception:  # one folder that cannot be removed must not keep the others
            logger.exception("not everything of the visitors who left was removed")
        if left and time.monotonic() - collected > COLLECT:
            await asyncio.to_thread(collect_garbage)
            left, collected = 0, time.monotonic()


def show_error(error: Exception) -> bool:
    """A visitor sees a sentence; Streamlit has written the traceback to the log already."""
    known = error if isinstance(error, ZooError) else storage_error(error)
    st.error(literal(known or UNFORESEEN))
    return True


class App(st.App):
    """Streamlit's, with what ``zoo.api.security`` refuses and adds around everything that it answers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.guard(scope, receive, send)

    @cached_property
    def guard(self) -> Guard:
        """With Streamlit's settings of origins and hosts, which it applies to websockets alone."""
        origins, hosts = (config.get_option(f"server.{name}") for name in ("corsAllowedOrigins", "allowedHosts"))
        return Guard(super().__call__, origins, hosts, Settings().embed)


app = App(
    "pages/router.py",
    lifespan=lifespan,
    routes=[
        Route("/api/v1/health", health),
        Route("/api/v1/ready", ready),
        Route(browser_network.ROUTE, browser_network.send_file),
        Mount("/api", api),
    ],
    on_script_error=show_error,
)
