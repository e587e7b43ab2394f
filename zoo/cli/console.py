"""What every command has: input from files and the terminal, output, progress."""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from zoo.core.errors import InputError, TooLargeError, ZooError
from zoo.core.images import read_limited
from zoo.core.inputs import Input, as_archive, as_path, read_file
from zoo.core.steps import Progress
from zoo.core.storage import storage_error
from zoo.core.texts import decode_text

app = typer.Typer(
    help="A live zoo of PyTorch models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a unit in brackets is text, not markup
)

FAILED, UNFORESEEN = 2, 1  # exit statuses
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line and nothing else.")]


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[Progress], None] | None]:
    """A bar with the time left on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=1, label=label, show_pos=True, file=sys.stderr) as bar:

        def show(progress: Progress) -> None:
            bar.length = progress.total or progress.step
            bar.update(progress.step - bar.pos)

        yield show


def echo_json(record: Mapping[str, Any]) -> None:
    """One object on a line; where the output cannot hold all characters, they are escaped as JSON has it."""
    is_unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "utf").lower()
    typer.echo(json.dumps(record, ensure_ascii=not is_unicode))


def echo_error(error: Exception) -> int:
    """Print an error as one sentence; the exit status. The traceback of an unforeseen one goes to a file."""
    known = error if isinstance(error, ZooError) else storage_error(error, "The output")
    if known:
        typer.echo(f"zoo: {known}", err=True)
        return FAILED
    kind = type(error).__name__
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", prefix="zoo-", suffix=".log", delete=False
        ) as log:
            traceback.print_exception(error, file=log)
        details = f"report it with the details, which are in {log.name}"
    except OSError:  # a full or read-only disk
        details = f"{error}. The details could not be stored"
    typer.echo(f"zoo: Something went wrong ({kind}): {details}.", err=True)
    return UNFORESEEN


def _text(data: bytes, kind: Input) -> str:
    """A text from the terminal. One that is not UTF-8 is decoded as a file would be, with a note."""
    if len(data) > kind.max_bytes:
        raise TooLargeError(f"The text is too long: send at most {kind.max_characters:,} characters at a time.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = decode_text(data)
        typer.echo(f"zoo: The text is not UTF-8. It was read as {text[:40]!r}: send UTF-8 if that is wrong.", err=True)
        return text


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:  # closed by the shell
        raise InputError("Standard input is closed: name a file instead of -.")
    return sys.stdin.buffer


def read_input(kind: Input, given: str) -> Any:
    """The value of an input as the shell hands it over: a path, ``-`` for standard input, or the text itself.

    Raises InputError, which names the file.
    """
    if kind.kind == "text":
        return _text(_standard_input().read(kind.max_bytes + 1) if given == "-" else os.fsencode(given), kind)
    if kind.spooled:
        return as_archive(given) if kind.kind == "archive" else as_path(given)
    if given == "-":
        return kind.decode(read_limited(_standard_input(), kind.max_bytes))
    if kind.kind == "any":
        return given  # a path, or for a model of texts the text
    try:
        return kind.decode(read_file(Path(given), kind.max_bytes))
    except InputError as error:
        raise type(error)(str(error) if given in str(error) else f"{given}: {error}") from error
