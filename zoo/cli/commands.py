"""One command an operation, made from its declaration; how a result reads in a terminal, its exhibit's module says."""

import importlib
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from zoo.cli.console import FAILED, JsonOption, echo_error, echo_json, progress_bar, read_input
from zoo.core.errors import InputError
from zoo.core.files import check_output
from zoo.core.inputs import FORMATS, Input
from zoo.core.knobs import bound, knob_parameters, unit
from zoo.core.operations import Operation
from zoo.core.steps import Progress
from zoo.exhibits import OPERATIONS
from zoo.renamed import COMMANDS, new_option


def add_operations(app: typer.Typer) -> None:
    """Give ``app`` a command for each operation, and the old names of some."""
    for operation in OPERATIONS:
        app.command(operation.command, help=operation.summary)(_command(operation))
    for old, new in COMMANDS.items():
        for operation in OPERATIONS:
            if operation.command == new:
                app.command(old, hidden=True, help=f"Deprecated: use {new}.")(_command(operation, old))


def refuse_old_options(arguments: list[str]) -> None:
    """Raise InputError for an option of version 0.1, with what to use instead."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for option in (argument.partition("=")[0] for argument in options if argument.startswith("--")):
        if instead := new_option(command, option):
            raise InputError(f"There is no option {option} any more: {instead}.")


def _command(operation: Operation, old: str = "") -> Callable[..., None]:
    many = len(operation.inputs) == 1 and operation.inputs[0].kind in ("image", "sound")

    def run(**values: Any) -> None:
        if old:
            typer.echo(f"zoo: {old} is deprecated: use {operation.command}.", err=True)
        as_json, output = values.pop("as_json"), values.pop("output", None)
        if not many:
            _run_one(operation, values, output, as_json)
            return
        name = operation.inputs[0].name
        files: list[str] = values.pop(name)
        targets = _targets(output, files)
        done = [_try(operation, values | {name: f}, target, as_json) for f, target in zip(files, targets, strict=True)]
        if not all(done):
            raise typer.Exit(FAILED)

    signature = inspect.Signature(_parameters(operation, many))
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in signature.parameters.values()}
    run.__name__ = operation.attribute
    return run


def _targets(output: Path | None, files: list[str]) -> list[Path | None]:
    """An output for each of several files: the first is ``output``, the others are named after their file too.

    Raises InputError before any work, for one that cannot be written or that is any of the files.
    """
    if output is None:
        return [None] * len(files)
    check_output(output)  # an empty name has no stem
    targets = [output]
    for file in files[1:]:
        stem = candidate = f"{output.stem}-{Path(file).stem}"
        while (target := output.with_stem(candidate)) in targets:  # files of the same name in other folders
            candidate = f"{stem}-{len(targets)}"
        targets.append(target)
    for target in targets:
        check_output(target, *(Path(file) for file in files if file != "-"))
    return list(targets)


def _try(operation: Operation, values: dict[str, Any], output: Path | None, as_json: bool) -> bool:
    """One file of several; an error is printed, and the others go on."""
    file = str(values[operation.inputs[0].name])
    try:
        _run_one(operation, values, output, as_json, label=file)
    except BrokenPipeError:  # whoever reads the output has enough
        raise
    except Exception as error:
        echo_error(error)
        return False
    return True


def _run_one(operation: Operation, values: dict[str, Any], output: Path | None, as_json: bool, label: str = "") -> None:
    name = values.pop("out", "")
    given = {each: values.pop(each.name) for each in operation.inputs}
    if output:
        check_output(output, *_paths(given))
    inputs = {each.name: _value(each, value) for each, value in given.items() if value not in (None, each.default)}
    stream = None if as_json else _stream(operation, values)
    with progress_bar(label or operation.command) if stream is None else nullcontext(stream) as show:
        result = operation.run(inputs | values, output, show, name=name)
    if as_json:
        record = ({"file": label} if label else {}) | operation.record(result)
        echo_json(record | ({"output": str(output)} if output else {}))
        return
    text = render(operation, result, label)
    typer.echo(text.removeprefix(stream.printed) if stream else text)
    if output:
        typer.echo(str(output))


def _paths(given: dict[Input, Any]) -> list[Path]:
    """The files that are read, which no output may replace."""
    files = [value if isinstance(value, list) else [value] for kind, value in given.items() if kind.kind != "text"]
    return [Path(file) for group in files for file in group if file and file != "-"]


def _value(kind: Input, given: Any) -> Any:
    return [read_input(kind, each) for each in given] if kind.kind == "images" else read_input(kind, str(given))


class Stream:
    """Prints a result as it comes: of ``text_so_far`` of each record's preview, what is not printed yet.

    What it prints is the beginning of the text that ``render`` gives in the end.
    """

    def __init__(self, text_so_far: Callable[[Any], str]) -> None:
        self.text_so_far, self.printed = text_so_far, ""

    def __call__(self, progress: Progress) -> None:
        text = self.text_so_far(progress.preview)
        if text.startswith(self.printed):
            typer.echo(text.removeprefix(self.printed), nl=False)
            self.printed = text


def _stream(operation: Operation, values: dict[str, Any]) -> Stream | None:
    """By ``stream_OPERATION`` in ``zoo.cli.EXHIBIT``, which gives ``text_so_far``, or None where knobs forbid it."""
    text_so_far = _exhibit_function(operation, f"stream_{operation.attribute}", lambda values: None)(values)
    return Stream(text_so_far) if text_so_far else None


def _exhibit_function(operation: Operation, name: str, default: Any = None) -> Any:
    module = f"zoo.cli.{operation.exhibit}"
    return getattr(importlib.import_module(module), name, default) if find_spec(module) else default


def render(operation: Operation, result: Any, label: str) -> str:
    """A result as text: by the function named like the operation in ``zoo.cli.EXHIBIT``, else its JSON."""
    draw = _exhibit_function(operation, operation.attribute)
    if draw is None:
        return operation.json(result, indent=2).decode()
    text = str(draw(result))
    return f"{label}\n{text}" if label else text


def _parameters(operation: Operation, many: bool) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    made = [_argument(each, many) for each in operation.inputs]
    if operation.file and operation.file.written:
        target = Annotated[Path, typer.Argument(help=f"The {operation.file.suffix} file to write.")]
        made.append(inspect.Parameter("output", keyword, annotation=target))
    elif operation.file:
        option = typer.Option("--output", "-o", help=f"Also write the result's {operation.file.suffix} file here.")
        made.append(inspect.Parameter("output", keyword, default=None, annotation=Annotated[Path | None, option]))
    if operation.creates_model:
        option = typer.Option(help="A name of your own for the new model, for --model and the like.")
        made.append(inspect.Parameter("out", keyword, default="", annotation=Annotated[str, option]))
    made.append(inspect.Parameter("as_json", keyword, default=False, annotation=JsonOption))
    return [*made, *knob_parameters(operation.knobs, _option)]


def _argument(kind: Input, many: bool) -> inspect.Parameter:
    described = kind.help if kind.kind == "text" else f"{kind.help} {FORMATS[kind.kind]}"
    source = "" if kind.spooled else " - is standard input."
    annotation: Any = str if kind.default is None else str | None
    argument = typer.Argument(help=described + source)
    if kind.kind == "images":
        annotation, argument = list[str], typer.Option(help=described)
    elif kind.optional_file:
        annotation, argument = str, typer.Option(help=described)
    elif many:
        annotation = list[str]
    default = inspect.Parameter.empty if kind.default is None else kind.default
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(kind.name, keyword, default=default, annotation=Annotated[annotation, argument])


def _option(field: FieldInfo) -> Any:
    text = f"{field.description} [{unit(field)}]" if unit(field) else field.description
    return typer.Option(help=text, min=bound(field, "ge"), max=bound(field, "le"))
