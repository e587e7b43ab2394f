"""What is not an exhibit: models, their architectures, examples and the runtime's statistics."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from zoo.api.problems import RESPONSES
from zoo.core.cards import CardSummary, bundled_cards, find_card
from zoo.core.loading import architecture
from zoo.core.runtime import RuntimeStats, get_runtime


@dataclass(frozen=True)
class Health:
    status: str
    models: list[str]


router = APIRouter(prefix="/v1")
NOT_FOUND: dict[int | str, Any] = {404: RESPONSES[404]}


@router.get("/models", tags=["models"])
def models(exhibit: str | None = None) -> list[CardSummary]:
    """The cards of the bundled models: size, metrics, training data, licence and restriction."""
    return [card.summary() for card in bundled_cards() if exhibit in (None, card.exhibit)]


@router.get("/models/{name:path}/architecture", tags=["models"], responses=NOT_FOUND, response_class=PlainTextResponse)
def model_architecture(name: str) -> str:
    """The layers of a model, as PyTorch prints them."""
    return architecture(name)


@router.get("/models/{name:path}", tags=["models"], responses=NOT_FOUND)
def model(name: str) -> CardSummary:
    """One card; also of an official model, as in `torchvision/resnet50`."""
    return find_card(name).summary()


@router.get("/health", tags=["runtime"])
def health() -> Health:
    """Whether the server is up, and its bundled models."""
    return Health("ok", [card.name for card in bundled_cards()])


@router.get("/stats", tags=["runtime"])
def stats() -> RuntimeStats:
    """What the runtime is doing: models in memory, evictions, queue, mean waiting and computing times."""
    return get_runtime().stats()
