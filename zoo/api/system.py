"""What is not an exhibit: models, their architectures, examples and the runtime's statistics."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from zoo import warming
from zoo.api import work
from zoo.api.problems import RESPONSES
from zoo.core.cards import CardSummary, bundled_cards, find_card, summaries
from zoo.core.loading import architecture
from zoo.core.runtime import get_runtime
from zoo.core.runtime_stats import RuntimeStats


@dataclass(frozen=True)
class Health:
    status: str
    models: list[str]


@dataclass(frozen=True)
class Readiness:
    """``waiting``: exhibits that have made no prediction yet. ``failed``: those whose first prediction failed."""

    status: str
    waiting: list[str]
    failed: list[str]


router = APIRouter(prefix="/v1")
NOT_FOUND: dict[int | str, Any] = {404: RESPONSES[404]}
COMPUTED: dict[int | str, Any] = {status: RESPONSES[status] for status in (404, 429, 503, 504)}


@router.get("/models", tags=["models"])
def models(exhibit: str | None = None) -> list[CardSummary]:
    """The cards of the bundled models: size, metrics, training data, licence and restriction.

    A model whose files are damaged is in every list, with the reason as `unavailable`.
    """
    return summaries(exhibit)


@router.get("/models/{name:path}/architecture", tags=["models"], responses=COMPUTED, response_class=PlainTextResponse)
async def model_architecture(request: Request, name: str) -> str:
    """The layers of a model, as PyTorch prints them."""
    return await work.answered(request, _architecture(name))


async def _architecture(name: str) -> str:
    with work.pool().place():
        return await work.pool().run(architecture, name)


@router.get("/models/{name:path}", tags=["models"], responses=NOT_FOUND)
def model(name: str) -> CardSummary:
    """One card; also of an official model, as in `torchvision/resnet50`."""
    return find_card(name).summary()


@router.get("/health", tags=["runtime"])
async def health() -> Health:
    """Whether the server is up, and its bundled models."""
    return Health("ok", [card.name for card in bundled_cards()])


@router.get("/ready", tags=["runtime"], responses={503: {"model": Readiness, "description": "Not yet."}})
async def ready(response: Response) -> Readiness:
    """Whether the first prediction of each exhibit was made, so that no visitor waits for an import."""
    response.status_code, record, headers = warming.readiness()
    response.headers.update(headers)
    return Readiness(**record)


@router.get("/stats", tags=["runtime"])
def stats() -> RuntimeStats:
    """What the runtime is doing: models in memory, evictions, queue, mean waiting and computing times."""
    return get_runtime().stats()
