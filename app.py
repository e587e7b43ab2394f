"""The entry point: one process serves the pages and, at /api, the HTTP API. ``zoo serve`` starts it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from zoo.core.cards import bundled_cards
from zoo.core.errors import ZooError

UNFORESEEN = "Something went wrong on our side. Reload the page; if it happens again, tell whoever runs this server."


async def health(request: Request) -> JSONResponse:
    """Answers without importing torch."""
    return JSONResponse({"status": "ok", "models": [card.name for card in bundled_cards()]})


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    """The API, imported at its first request: that takes a moment."""

    def load() -> ASGIApp:
        from zoo.api.app import app as loaded

        return loaded

    loaded = await run_in_threadpool(load)
    await loaded(scope, receive, send)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Read the cards before the first visitor; stop the worker after the last."""
    bundled_cards()
    yield
    if "zoo.core.runtime" in sys.modules:
        from zoo.core.runtime import get_runtime

        await run_in_threadpool(get_runtime().stop)


def show_error(error: Exception) -> bool:
    """A visitor sees a sentence; Streamlit has written the traceback to the log already."""
    st.error(str(error) if isinstance(error, ZooError) else UNFORESEEN)
    return True


app = st.App(
    "pages/router.py",
    lifespan=lifespan,
    routes=[Route("/api/v1/health", health), Mount("/api", api)],
    on_script_error=show_error,
)
