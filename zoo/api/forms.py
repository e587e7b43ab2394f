"""The body of a request as fields, whether it was sent as multipart, URL-encoded or JSON; all text is UTF-8.

URL-encoded bodies are read as the URL standard says (https://url.spec.whatwg.org/#urlencoded-parsing): a byte that is
not ASCII stands for itself, as ``curl -d`` sends it. Starlette's own parser would read it as Latin-1.
"""

import json
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, Never, TypeAlias
from urllib.parse import unquote_to_bytes

from fastapi import Request, Response
from fastapi.exceptions import HTTPException
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.routing import Match
from starlette.types import Scope

from zoo.core.errors import UnavailableError
from zoo.core.storage import storage_error

MAX_FIELDS = 1000
MULTIPART, URLENCODED, JSON = "multipart/form-data", "application/x-www-form-urlencoded", "application/json"
Fields: TypeAlias = list[tuple[str, str | UploadFile]]


class Members(list[tuple[str, Any]]):
    """The members of a JSON object in their order: one that is there twice is not lost, as it would be in a dict."""


class MalformedBody(HTTPException):
    """A body that cannot be read. As an HTTPException, since FastAPI turns all else into an error without a reason."""

    def __init__(self, detail: str, status: int = 422) -> None:
        super().__init__(status, detail)


class FormRequest(Request):
    """A request whose ``form()`` reads all three encodings."""

    async def _get_form(
        self, *, max_files: float = MAX_FIELDS, max_fields: float = MAX_FIELDS, max_part_size: int = 2**20
    ) -> FormData:
        if self._form is None:
            self._form = await self._read(max_files, max_fields, max_part_size)
        return self._form

    async def _read(self, max_files: float, max_fields: float, max_part_size: int) -> FormData:
        sent, _ = parse_options_header(self.headers.get("content-type"))
        mime = sent.decode("latin-1").lower()
        if mime == MULTIPART:
            try:
                async with aclosing(self.stream()) as stream:
                    limits = {"max_files": max_files, "max_fields": max_fields}
                    return await Utf8Parser(self.headers, stream, max_part_size=max_part_size, **limits).parse()
            except MultiPartException as error:
                raise MalformedBody(f"The form cannot be read: {error.message.rstrip('.')}.", 400) from error
            except OSError as error:
                known = storage_error(error, "The upload") or UnavailableError(
                    "The upload cannot be stored now: try again later."
                )
                raise MalformedBody(str(known), known.status) from error
        body = await self.body()
        if mime == URLENCODED:
            return FormData(urlencoded_fields(body))
        if mime == JSON or mime.endswith("+json"):
            return FormData(json_fields(body))
        if body:
            raise MalformedBody(
                f"The body is {mime or 'of no stated type'}: send a form ({MULTIPART} or {URLENCODED}) or {JSON}. "
                "A file is one of a form's fields, as in curl -F image=@picture.jpg.",
                415,
            )
        return FormData()


class Utf8Parser(MultiPartParser):
    """Starlette reads a text that is not UTF-8 as Latin-1, and nobody would know."""

    def on_part_end(self) -> None:
        part = self._current_part
        if part.file is None:
            self.items.append((part.field_name, utf8(bytes(part.data), part.field_name)))
        else:
            super().on_part_end()


class FormRoute(APIRoute):
    """A route whose requests are ``FormRequest``, and whose path has no parameters."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As a dictionary would tell: without a regular expression for each of the other routes."""
        return super().matches(scope) if scope["path"].endswith(self.path) else (Match.NONE, {})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_form(request: Request) -> Response:
            return await handle(FormRequest(request.scope, request.receive))

        return handle_form


def utf8(data: bytes, name: str = "") -> str:
    """The text of a field. Raises MalformedBody."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        what = name if name.isascii() and 0 < len(name) <= 40 else "The name of a field"
        raise MalformedBody(f"{what} is not UTF-8: send all text as UTF-8.") from error


def urlencoded_fields(body: bytes) -> Fields:
    """Names and values.

    >>> urlencoded_fields("text=très+bien%21&a".encode())
    [('text', 'très bien!'), ('a', '')]
    """
    sequences = [sequence for sequence in body.split(b"&", MAX_FIELDS) if sequence]
    if len(sequences) > MAX_FIELDS:
        raise MalformedBody(f"The form has more than {MAX_FIELDS} fields: send fewer.")
    fields: Fields = []
    for sequence in sequences:
        name, _, value = (unquote_to_bytes(part.replace(b"+", b" ")) for part in sequence.partition(b"="))
        decoded = utf8(name)
        fields.append((decoded, utf8(value, decoded)))
    return fields


def json_fields(body: bytes) -> Fields:
    """The members of a JSON object: a list is a field for each entry, null a field left out.

    >>> json_fields(b'{"text": "good", "neutral": false, "model": ["a", "b"], "seed": null}')
    [('text', 'good'), ('neutral', 'false'), ('model', 'a'), ('model', 'b')]
    """
    try:
        record = json.loads(utf8(body, "The body"), parse_constant=_refuse_constant, object_pairs_hook=Members)
    except (ValueError, RecursionError) as error:
        raise MalformedBody("The body is not valid JSON: send an object with a member for each field.") from error
    if not isinstance(record, Members):
        raise MalformedBody("The body is JSON but no object: send an object with a member for each field.")
    fields: Fields = []
    for name, value in record:
        entries = value if isinstance(value, list) and not isinstance(value, Members) else [value]
        fields += [(name, _json_value(name, entry)) for entry in entries if entry is not None]
    return fields


def _json_value(name: str, value: Any) -> str:
    if isinstance(value, list):
        raise MalformedBody(f"{name[:40]!r} is nested: send a text, a number, true, false or a list of these.")
    text = value if isinstance(value, str) else json.dumps(value)
    for part in (name, text):
        try:
            part.encode()
        except UnicodeEncodeError as error:
            raise MalformedBody("The JSON has half a surrogate pair: send whole characters.") from error
    return text


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
