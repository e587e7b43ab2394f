"""From a declaration to the form of a request: files and texts for inputs, one field a knob, and ``format``."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from fastapi import Depends, File, Form, Query, Request, UploadFile
from fastapi.routing import APIRoute
from pydantic import Field, create_model
from starlette.datastructures import UploadFile as ReceivedFile

from zoo.api import own
from zoo.api.forms import JSON
from zoo.api.uploads import scratch
from zoo.core.errors import InputError
from zoo.core.inputs import FORMATS, Input
from zoo.core.knobs import Knobs, unknown_name
from zoo.core.operations import Operation
from zoo.renamed import FIELDS

FILES = {
    "image": "picture.jpg",
    "images": "picture.jpg",
    "sound": "sound.wav",
    "recording": "recording.mp3",
    "table": "table.csv",
    "archive": "pictures.zip",
    "any": "picture.jpg",
    "state": "state.safetensors",
}


def parameters(operation: Operation) -> list[inspect.Parameter]:
    """The parameters of the endpoint, from which FastAPI builds form and schema."""
    return [
        _parameter("request", Request),
        _parameter("checked", Annotated[None, Depends(_checked(operation))]),  # before any file is decoded
        *([_parameter("form", _fields(operation))] if has_fields(operation) else []),
        _parameter("chosen_format", _format(operation), None),
        *([_parameter("owner_token", own.OwnerToken, None)] if operation.takes_owner else []),
        *([_parameter("folder", Annotated[Path, Depends(scratch)])] if _needs_folder(operation) else []),
    ]


def _needs_folder(operation: Operation) -> bool:
    """Whether a file is kept on the disk while it works: one that it reads, or one that it writes."""
    return bool(operation.file and operation.file.written) or any(each.spooled for each in operation.inputs)


def takes_json(operation: Operation) -> bool:
    """Whether JSON can hold all that it takes."""
    return all(each.kind == "text" for each in operation.inputs)


def has_fields(operation: Operation) -> bool:
    """Whether a request for it has a body."""
    return bool(operation.inputs or operation.knobs.model_fields)


async def check_query(request: Request) -> None:
    """Raise InputError for a parameter in the address that the route does not have; for all routes."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = {field.alias for field in route.dependant.query_params}
    for name in request.query_params:
        if name not in known:
            sentence = unknown_name("parameter", name, known)
            body = " Fields of the form belong into the body." if request.method == "POST" else ""
            raise InputError(sentence + body)
        if len(request.query_params.getlist(name)) > 1:
            raise InputError(f"{name} is given more than once: give it once.")


def formats(operation: Operation) -> list[str]:
    """What a result can be had as, the default first."""
    file = [operation.file.format] if operation.file else []
    both = [*file, "json"] if operation.file and operation.file.default else ["json", *file]
    return both + (["events"] if operation.job else [])


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _format(operation: Operation) -> Any:
    names = formats(operation)
    described = f"One of {', '.join(names)}; left out, {names[0]}."
    return Annotated[Literal[*names] | None, Query(alias="format", description=described)]


def _fields(operation: Operation) -> Any:
    """The form. A request may have no body where all of its fields may be left out."""
    form = _form(operation)
    required = any(field.is_required() for field in form.model_fields.values())
    encoding = Form if takes_json(operation) else File
    return Annotated[form, encoding() if required else encoding(default_factory=form)]


def _form(operation: Operation) -> type[Knobs]:
    """The fields of the form: the inputs, then the knobs as they are declared. Files are decoded later, in turn."""
    fields: dict[str, Any] = {each.name: _input(each) for each in operation.inputs}
    inputs = create_model("Inputs", __base__=Knobs, **fields)
    return create_model(f"Body_{operation.attribute}", __base__=(operation.knobs, inputs))


def _input(kind: Input) -> tuple[Any, Any]:
    """Annotation and default."""
    if kind.kind == "text":
        described = f"{kind.help} At most {kind.max_characters:,} characters."
        return Annotated[str, Field(description=described)], ... if kind.default is None else kind.default
    received: Any = list[UploadFile] if kind.kind == "images" else UploadFile
    described = Field(description=f"{kind.help} {FORMATS[kind.kind]}")
    if kind.optional_file:
        return Annotated[received | None, described], None
    return Annotated[received, described], ...


def _checked(operation: Operation) -> Callable[..., Any]:
    inputs = {each.name: each for each in operation.inputs}
    knobs = operation.knobs.model_fields
    lists = {name for name, field in knobs.items() if get_origin(field.annotation) is list}
    lists |= {name for name, kind in inputs.items() if kind.kind == "images"}

    async def check(request: Request) -> None:
        """Refuse what would be ignored or misread: names that there are not, two values for one, texts for files."""
        form = await request.form()
        for name in form:
            if name not in inputs and name not in knobs:
                raise InputError(_unknown_field(operation, name))
            values = form.getlist(name)
            if len(values) > 1 and name not in lists:
                raise InputError(f"{name} is given {len(values)} times: give it once.")
            for value in values:
                _check_value(name, inputs.get(name), value)
        for name, kind in inputs.items():
            if name not in form and kind.default is None:
                raise InputError(f"{name} is missing: {_how_to_send(kind)}.")

    return check


def _unknown_field(operation: Operation, name: str) -> str:
    if name.lstrip().startswith("{"):
        return f"The body looks like JSON: send it with the header Content-Type: {JSON}."
    if name in FIELDS.get(operation.command, {}):
        return f"There is no field {name} any more: it is called {FIELDS[operation.command][name]}."
    return unknown_name("field", name, {each.name for each in operation.inputs} | operation.knobs.model_fields.keys())


def _check_value(name: str, kind: Input | None, value: Any) -> None:
    is_file, wants_file = isinstance(value, ReceivedFile), kind is not None and kind.kind != "text"
    if kind and wants_file and not is_file:
        raise InputError(f"{name} is a file, not a text: {_how_to_send(kind)}.")
    if is_file and not wants_file:
        raise InputError(f"{name} is a text, not a file: send -F '{name}=<FILE' for the text of a file.")


def _how_to_send(kind: Input) -> str:
    if kind.kind == "text":
        return f"send a form, as in -F '{kind.name}=...', or JSON"
    file = FILES.get(kind.kind, "document.txt")
    return f"send a form with the file after an @, as in -F {kind.name}=@{file}"
