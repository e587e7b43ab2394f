"""From a declaration to the form of a request: files and texts for inputs, one field a knob, and ``format``."""

import difflib
import inspect
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Form, Query, Request, UploadFile
from pydantic.fields import FieldInfo

from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import FORMATS, Input, limited
from zoo.core.knobs import Knobs, knob_parameters, parse_knobs
from zoo.core.operations import Operation


def parameters(operation: Operation) -> list[inspect.Parameter]:
    """The parameters of the endpoint, from which FastAPI builds form and schema."""
    given = [_parameter(each.name, *_input(each)) for each in operation.inputs]
    known = {each.name for each in operation.inputs} | operation.knobs.model_fields.keys()
    return [
        _parameter("request", Request),
        *given,
        _parameter("knobs", Annotated[operation.knobs, Depends(_gathered(operation.knobs))]),
        _parameter("chosen_format", _format(operation), None),
        _parameter("checked", Annotated[None, Depends(_refuse_unknown(known))]),
    ]


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


def _input(kind: Input) -> tuple[Any, ...]:
    """Annotation, and default where it may be left out."""
    if kind.kind == "text":
        described = f"{kind.help} At most {kind.max_characters:,} characters."
        annotation = Annotated[str, Form(description=described)]
        return (annotation,) if kind.default is None else (annotation, kind.default)
    described = f"{kind.help} {FORMATS[kind.kind]}"
    return (Annotated[Any, Depends(_file_dependency(kind, described))],)


def _file_dependency(kind: Input, described: str) -> Any:
    """A dependency with one upload field named like the input."""

    def decoded(**files: UploadFile) -> Any:
        return kind.decode(limited(files[kind.name].file, kind))

    def several(**files: list[UploadFile]) -> list[Any]:
        uploads = files[kind.name]
        if len(uploads) > kind.max_items:
            raise TooLargeError(
                f"That is {len(uploads)} files as {kind.name}: send at most {kind.max_items} at a time."
            )
        return [kind.decode(limited(file.file, kind)) for file in uploads]

    def spooled(**files: UploadFile) -> Iterator[Path]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / kind.name
            with path.open("wb") as out:
                shutil.copyfileobj(files[kind.name].file, out)
            yield path

    dependency: Any = decoded
    uploaded: Any = UploadFile
    if kind.kind == "images":
        dependency, uploaded = several, list[UploadFile]
    elif kind.spooled:
        dependency = spooled
    annotation = Annotated[uploaded, File(description=described)]
    dependency.__signature__ = inspect.Signature([_parameter(kind.name, annotation)])
    return dependency


def _form(field: FieldInfo) -> Any:
    return Form(title=field.title, description=field.description)


def _gathered(kind: type[Knobs]) -> Callable[..., Knobs]:
    def gather(**values: Any) -> Knobs:
        return parse_knobs(kind, **values)

    gather.__signature__ = inspect.Signature(knob_parameters(kind, _form))  # type: ignore[attr-defined]
    return gather


def _refuse_unknown(known: set[str]) -> Callable[..., Any]:
    async def refuse(request: Request) -> None:
        """A misspelt field would be ignored, and the default taken for it."""
        for name in await request.form():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                advice = f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(known))}."
                raise InputError(f"There is no field {name}: {advice}")

    return refuse
