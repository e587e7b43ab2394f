"""The command ``export``: the same as train-export, with the model as its argument."""

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import JsonOption, app, echo_json
from zoo.core.cards import CardSummary
from zoo.core.files import check_output
from zoo.exhibits import find_operation
from zoo.exhibits.train.exports.knobs import ExportFormat
from zoo.exhibits.train.exports.results import Export


def train_export(result: Export) -> str:
    return (
        f"{result.model}  {result.export_format}  {result.size_bytes / 1e6:.1f} MB  {result.seconds:.1f} s  "
        f"[{result.restriction}]\n  probabilities differ by at most {result.difference:.1g} from those here"
    )


def train_import(result: CardSummary) -> str:
    return f"{result.name}  {result.title}  [{result.restriction}]"


@app.command("export")
def export(
    name: Annotated[str, typer.Argument(help="A picture classifier, as in mobilenet-v2.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="onnx; export: a torch.export program (.pt2); html: a page in one file; web: a folder for a web "
            "server, and cpp: a C++ program, both as a zip.",
        ),
    ] = "onnx",
    as_json: JsonOption = False,
) -> None:
    """Write a picture classifier as a file that runs without this program."""
    check_output(output)
    operation = find_operation("train-export")
    result = operation.run({"model": name, "export_format": export_format}, output)
    if as_json:
        echo_json(operation.record(result) | {"output": str(output)})
    else:
        typer.echo(train_export(result))
        typer.echo(str(output))
