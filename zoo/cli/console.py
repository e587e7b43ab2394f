"""What every command has: input from files and the terminal, output, progress."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.core.errors import InputError
from zoo.core.images import read_limited
from zoo.core.inputs import Input, as_path, read_file
from zoo.core.jobs import Progress

app = typer.Typer(
    help="A live zoo of PyTorch models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a unit in brackets is text, not markup
)

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


def read_input(kind: Input, given: str) -> Any:
    """The value of an input as the shell hands it over: a path, ``-`` for standard input, or the text itself.

    Raises InputError, which names the file.
    """
    if kind.kind == "text":
        return sys.stdin.buffer.read(kind.max_bytes + 1).decode("utf-8", "replace") if given == "-" else given
    if kind.spooled:
        return as_path(given)
    if given == "-":
        return kind.decode(read_limited(sys.stdin.buffer, kind.max_bytes))
    try:
        return kind.decode(read_file(Path(given), kind.max_bytes))
    except InputError as error:
        raise type(error)(str(error) if given in str(error) else f"{given}: {error}") from error
