"""What every command has: options from knobs, files in, answers and progress out."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer
from pydantic.fields import FieldInfo

from zoo.core.errors import InputError
from zoo.core.evaluation import Watch
from zoo.core.inputs import encode_png, read_limited
from zoo.core.jobs import Steps
from zoo.core.knobs import Knobs, bound, checked, parameters, unit

if TYPE_CHECKING:
    from zoo.core.answers import Answer

T = TypeVar("T")
R = TypeVar("R")

app = typer.Typer(help="A live zoo of PyTorch models.", no_args_is_help=True, pretty_exceptions_enable=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line and nothing else.")]


def _option(field: FieldInfo) -> Any:
    text = f"{field.description} [{unit(field)}]" if unit(field) else field.description
    return typer.Option(help=text, min=bound(field, "ge"), max=bound(field, "le"))


def with_knobs(kind: type[Knobs]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option per knob and, made from them, its argument ``knobs``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(**values: Any) -> None:
            chosen = {name: values.pop(name) for name in kind.model_fields}
            command(**values, knobs=checked(kind, **chosen))

        own = [p for p in inspect.signature(command).parameters.values() if p.name != "knobs"]
        signature = inspect.Signature([*own, *parameters(kind, _option)])
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        return run

    return decorate


def emit(record: dict[str, Any]) -> None:
    typer.echo(json.dumps(record, ensure_ascii=False))


@contextmanager
def progress_bar(label: str) -> Iterator[Watch | None]:
    """A bar with the time left on standard error; nothing where nobody looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    with typer.progressbar(length=1, label=label, show_pos=True, file=sys.stderr) as bar:

        def watch(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield watch


def drive(steps: Steps[R], label: str) -> R:
    """Take long work to its end, with a bar; its result."""
    with progress_bar(label) as watch:
        while True:
            try:
                progress = next(steps)
            except StopIteration as stop:
                return cast(R, stop.value)
            if watch:
                watch(progress.step, progress.total or progress.step)


def existing(path: Path) -> Path:
    """The path itself. Raises InputError when there is no file."""
    if not path.is_file():
        raise InputError(f"There is no file at {path}: check the path.")
    return path


def read(path: Path, decode: Callable[[bytes], T], max_bytes: int) -> T:
    """What ``decode`` makes of a file, or of standard input for ``-``. Raises InputError, which names the file."""
    if str(path) == "-":
        return decode(read_limited(sys.stdin.buffer, max_bytes))
    try:
        with path.open("rb") as file:
            return decode(read_limited(file, max_bytes))
    except InputError as error:
        raise type(error)(f"{path}: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path.") from error


def write_picture(path: Path, image: Any) -> None:
    """``image`` as a PNG file. Raises InputError."""
    try:
        path.write_bytes(encode_png(image))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): check the path.") from error


def print_answers(file: Path, answers: "Iterable[Answer]", ensemble: "Answer | None") -> None:
    for answer in (*answers, *([ensemble] if ensemble else [])):
        typer.echo(f"{file}  {answer.model}  {answer.milliseconds:.0f} ms  [{answer.restriction}]")
        for prediction in answer.predictions:
            typer.echo(f"  {prediction.probability:7.1%}  {prediction.label}")
        if answer.unsure:
            typer.echo("  Not sure: this may be none of its classes.")
