"""A knob is a parameter of an operation, declared once: a pydantic field with bounds, default, unit and one sentence.

The page's widget, the command's option, the API's form field and the documentation are read from that field.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from zoo.core.errors import InputError

K = TypeVar("K", bound="Knobs")


class Knobs(BaseModel):
    """Base of every operation's knobs: immutable; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TopKnobs(Knobs):
    """Knobs of every classifier."""

    top_k: int = Field(
        default=5,
        ge=1,
        le=20,
        title="Top-k",
        description="How many of the most probable classes to list.",
        json_schema_extra={"unit": "classes"},
    )


def _integer(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


FromText = BeforeValidator(_integer)
"""Beside a ``Literal`` of integers, as in ``Annotated[Literal[1, 2], FromText]``: a form sends its values as text."""


def parse_knobs(kind: type[K], **values: Any) -> K:
    """Settings from loose values. Raises InputError with a sentence that names the knob and what it takes."""
    try:
        return kind(**values)
    except ValidationError as error:
        raise InputError(describe_error(error.errors()[0])) from error


def describe_error(problem: Any) -> str:
    """One of pydantic's error records as a sentence: ``top_k: input should be less than or equal to 20.``"""
    places = [str(part) for part in problem["loc"] if part not in ("body", "query")]
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    return f"{'.'.join(places)}: {message}."


def bound(field: FieldInfo, name: str) -> Any:
    """A bound of a field by its name in annotated-types ("ge", "le", "min_length", ...), or None."""
    return next((getattr(mark, name) for mark in field.metadata if hasattr(mark, name)), None)


def unit(field: FieldInfo) -> str:
    """The unit of a field, or an empty string."""
    extra = field.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else ""


def knob_parameters(kind: type[Knobs], describe: Callable[[FieldInfo], Any]) -> list[inspect.Parameter]:
    """One keyword parameter per knob, with its type, bounds and default.

    FastAPI and Typer both build a form or options from a function's signature; ``describe`` gives what they want to
    find beside the type: a ``Form`` or an ``Option``.
    """
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.get_default(),
            annotation=Annotated[(field.annotation, *field.metadata, describe(field))],
        )
        for name, field in kind.model_fields.items()
    ]
