"""The FastAPI application, mounted at ``/api`` beside the pages."""

import asyncio

from fastapi import Depends, FastAPI
from starlette.types import Message

import zoo
from zoo.api import deprecated, head, own, problems, system
from zoo.api.classify_image import classify_image_router
from zoo.api.parameters import check_query
from zoo.api.routes import add_operations
from zoo.exhibits import DASHBOARD, EXHIBITS

FRAME = 2**16  # bytes that a request may have beyond its files: other fields, and what multipart adds


def create_app() -> FastAPI:
    """The API over the runtime of this process."""
    app = FastAPI(
        title="Menagerie",
        version=zoo.__version__,
        description="A live zoo of PyTorch models. Errors are problem+json: `detail` says what to do.",
        docs_url=None,  # Swagger's page fetches its scripts from elsewhere, and the app works offline
        redoc_url=None,
        dependencies=[Depends(check_query)],
        responses={status: problems.RESPONSES[status] for status in (422, 500)},
    )
    problems.install(app)
    app.add_middleware(head.HeadAsGet)
    for exhibit in (DASHBOARD, *EXHIBITS):  # the dashboard's before any model's address
        add_operations(app, exhibit, FRAME)
    app.include_router(system.router)
    app.include_router(own.router)
    app.include_router(classify_image_router(FRAME))
    app.include_router(deprecated.router)
    return app


def build_routes(app: FastAPI) -> None:
    """Build all routes now, in this thread: FastAPI builds them at the first request, and no other is answered then."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        pass

    # A path that there is not is compared with every route.
    scope = {"type": "http", "method": "GET", "path": "/v1/no-such-route", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))


app = create_app()
