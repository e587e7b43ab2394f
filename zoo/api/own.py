"""A client's own models: listed and removed by whoever sends the token under which they were made.

The token is a secret of the client in the header ``Owner-Token``. Where a request that makes a model has none, the
answer brings a new one. The directory of models holds a hash of it alone.
"""

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import APIKeyHeader

from zoo.api.problems import RESPONSES
from zoo.core import user_models, visitor_folders
from zoo.core.cards import CardSummary
from zoo.core.errors import InputError

HEADER = "Owner-Token"
MIN_LENGTH, MAX_LENGTH = 16, 128
ADVICE = "It comes with the answer to a request that makes a model, or is your own secret."
_header = APIKeyHeader(name=HEADER, auto_error=False, description=f"The secret of a model's maker. {ADVICE}")


async def checked_token(token: Annotated[str | None, Depends(_header)] = None) -> str | None:
    """The token of a request, if it has one. Raises InputError for one that could be guessed."""
    if token is not None and not (MIN_LENGTH <= len(token) <= MAX_LENGTH and token.isascii() and token.isprintable()):
        raise InputError(f"{HEADER} must have {MIN_LENGTH} to {MAX_LENGTH} ASCII characters, so that none guesses it.")
    return token


CheckedToken = Annotated[str | None, Depends(checked_token)]


async def makers_token(request: Request, token: CheckedToken = None) -> str:
    """The token of a request that may make a model, a new one where it has none. Its address counts too."""
    token = token or new_token()
    visitor_folders.set_address(owner_of(token), request.client.host if request.client else None)
    return token


OwnerToken = Annotated[str | None, Depends(makers_token)]


async def required_token(token: CheckedToken = None) -> str:
    """Raises InputError where a request has no token."""
    if token is None:
        raise InputError(f"The header {HEADER} is missing. {ADVICE}")
    return token


RequiredToken = Annotated[str, Depends(required_token)]
router = APIRouter(prefix="/v1", tags=["models"])
ERRORS: dict[int | str, Any] = {422: RESPONSES[422]}


def new_token() -> str:
    return secrets.token_urlsafe(24)


def owner_of(token: str) -> str:
    """The owner in the directory of models: never that of Python, the shell or a page."""
    return f"http:{token}"


@router.get("/own", responses=ERRORS)
def own_models(token: RequiredToken) -> list[CardSummary]:
    """The cards of the models that were made with this `Owner-Token`, the oldest first."""
    return user_models.owned_summaries(owner_of(token))


@router.delete("/own/{name}", status_code=204, responses=ERRORS | {404: RESPONSES[404]})
def remove_own_model(name: str, token: RequiredToken) -> Response:
    """Remove a model that was made with this `Owner-Token`, by its name with or without `own/`."""
    user_models.remove_owned(name, owner_of(token))
    return Response(status_code=204)
