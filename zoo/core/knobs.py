"""A knob is a parameter of an operation, declared once: a pydantic field with bounds, default, unit and one sentence.

The page's widget, the command's option, the API's form field and the documentation are read from that field.
"""

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from zoo.core.errors import InputError

K = TypeVar("K", bound="Knobs")
MAX_QUOTED = 40  # characters of a refused name that a sentence repeats


class Knobs(BaseModel):
    """Base of every operation's knobs: immutable; unknown names, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _one_as_a_list(cls, values: Any) -> Any:
        """Of a knob that takes several, one may stand alone: ``model="resnet-18"``."""
        several = {name for name, field in cls.model_fields.items() if get_origin(field.annotation) is list}
        if not isinstance(values, dict):
            return values
        return {
            name: [value] if name in several and isinstance(value, str) else value for name, value in values.items()
        }


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
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":
            raise InputError(unknown_name("knob", str(first["loc"][0]), kind.model_fields)) from error
        raise InputError(describe_error(first)) from error


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """The sentence that refuses a name, with the nearest one or all that there are.

    >>> unknown_name("field", "top_n", ["model", "top_k"])
    'There is no field top_n: did you mean top_k?'
    >>> unknown_name("field", "eps", ["epsilon", "steps"])
    'There is no field eps: did you mean epsilon?'
    """
    known = sorted(known)
    abbreviated = [each for each in known if name and each.startswith(name)]
    near = abbreviated or difflib.get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}." if known else "leave it out."
    quoted = name if len(name) <= MAX_QUOTED else f"{name[:MAX_QUOTED]}..."
    return f"There is no {what} {quoted}: {advice}"


def describe_error(problem: Any) -> str:
    """One of pydantic's error records as a sentence: ``top_k: input should be less than or equal to 20.``"""
    places = [str(part) for part in problem["loc"] if part not in ("body", "query")]
    if problem["type"] == "missing":
        return f"{'.'.join(places)} is missing: it is required."
    message = problem["msg"].removeprefix("Value error, ").removesuffix(".")
    message = message[:1].lower() + message[1:]
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
