"""Commands about models: listed, described and evaluated; and the paths of examples."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from zoo import __version__
from zoo.cli.console import JsonOption, app, echo_json, progress_bar
from zoo.cli.model_texts import (
    models_benchmark,
    models_card,
    models_choose,
    models_facts,
    models_layers,
    models_lineage,
)
from zoo.core import local_names, user_models
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import CardSummary, find_card, summaries
from zoo.core.errors import InputError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.knobs import parse_knobs
from zoo.core.steps import Progress
from zoo.core.tables import TableFormatKnobs
from zoo.examples import ALL_EXAMPLES, example_path
from zoo.exhibits import EXHIBITS, find_exhibit, find_operation

# What zoo.cli.commands asks for by the names of operations.
__all__ = ["models_benchmark", "models_card", "models_choose", "models_facts", "models_layers", "models_lineage"]

own = typer.Typer(help="Models of your own: listed and removed.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(own, name="own")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A live zoo of PyTorch models."""


@app.command("list")
def list_models(
    official: Annotated[bool, typer.Option("--official", help="The models of torchvision and of the hub.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The bundled models, with size, metrics and restriction."""
    listed = summaries()
    if official:
        from zoo.core import loading

        names = [name for exhibit in EXHIBITS for name in loading.downloadable(exhibit.name)]
        listed = [find_card(name).summary() for name in names]
    for card in listed:
        if as_json:
            echo_json(dataclasses.asdict(card))
            continue
        typer.echo(one_line(card))
        for metric in card.metrics:
            typer.echo(f"    {metric.name} {metric.formatted} on {metric.dataset}")


def one_line(card: CardSummary) -> str:
    """The name, then size, exhibit and restriction, or why the model cannot be used."""
    if card.unavailable:
        return f"{card.name}  unavailable: {card.unavailable}"
    return f"{card.name}  {card.size_bytes / 1e6:.2g} MB  {card.exhibit}  [{card.restriction}]  {card.title}"


@app.command("bench")  # benchmark, in short
def measure_models(
    model: Annotated[
        list[str] | None, typer.Argument(help="The models to measure; left out, all bundled ones.")
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="Where, as in cpu or cuda; left out, on every device of this machine.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure models on this machine: the same as models-benchmark, with the models as arguments."""
    operation = find_operation("models-benchmark")
    with progress_bar(operation.command) as show:
        result = operation.run({"model": model or [], "device": device or []}, progress=show)
    if as_json:
        echo_json(operation.record(result))
    else:
        typer.echo(models_benchmark(result))


@own.command("list")
def list_own(as_json: JsonOption = False) -> None:
    """The models that you made in the shell or in Python, the oldest first."""
    for card in user_models.owned_summaries():
        name = local_names.name_of(card.name)
        if as_json:
            echo_json(dataclasses.asdict(card) | {"local_name": name})
        else:
            typer.echo(f"{one_line(card)}  --model {name}" if name else one_line(card))


@own.command("remove")
def remove_own(
    name: Annotated[
        list[str], typer.Argument(help="Its name, as in own/0123456789abcdef, or the one that --out gave it.")
    ],
) -> None:
    """Remove models that you made in the shell or in Python."""
    for each in name:
        user_models.remove_owned(local_names.resolve(each))


@app.command("evaluate")
def evaluate(
    exhibit: Annotated[str, typer.Argument(help="The exhibit, as in classify.")],
    path: Annotated[Path, typer.Argument(help="Labelled data: what an exhibit reads, its page and README say.")],
    model: Annotated[
        list[str] | None, typer.Option(help="A model; left out, every bundled one that knows a class of the data.")
    ] = None,
    binary: Annotated[bool, typer.Option("--binary", help="Sentiment: without neutral, by the head of two.")] = False,
    epsilon: Annotated[
        float | None, typer.Option(help="Adversarial: how far any pixel may move, of 1.", min=0.0, max=1.0)
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(help="Sentiment: how the table is read, as in separator=tab; sentiment-table --help lists all."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure models on labelled data."""
    declaration = find_exhibit(exhibit)
    library = declaration.module()
    if not hasattr(library, "evaluate"):
        raise InputError(f"{exhibit} has no figure of its own to measure.")
    given = (("binary", binary or None), ("epsilon", epsilon), ("table", table_knobs(table) if table else None))
    options = {name: value for name, value in given if value is not None}
    for name in options.keys() - inspect.signature(library.evaluate).parameters.keys():
        raise InputError(f"--{name} is no question to {exhibit}: leave it out.")
    measure = partial(library.evaluate, **options)
    skipped = []
    every = [card.name for card in declaration.cards()] + ([ENSEMBLE] if declaration.ensemble else [])
    names = [local_names.resolve(each) for each in model or []] or every
    for name in names:
        try:
            with progress_bar(name) as show:
                watch = None if show is None else partial(_show, show)
                record = dataclasses.asdict(measure(path, name, watch))
        except NoKnownClassError as error:
            skipped.append(name)
            if model or skipped == names:
                raise
            typer.echo(f"zoo: {error}", err=True)
            continue
        if as_json:
            echo_json(record)
        else:
            typer.echo("  ".join(f"{key} {formatted(value)}" for key, value in record.items()))


def table_knobs(given: list[str]) -> TableFormatKnobs:
    """Knobs from texts such as ``separator=tab``. Raises InputError."""
    pairs = [text.partition("=") for text in given]
    if missing := [name for name, equals, _ in pairs if not equals]:
        raise InputError(f"--table {missing[0]}: write a name and a value, as in --table separator=tab.")
    return parse_knobs(TableFormatKnobs, **{name: value for name, _, value in pairs})


def _show(show: Callable[[Progress], None], done: int, total: int) -> None:
    show(Progress(done, total))


def formatted(value: Any) -> Any:
    """A figure as a person reads it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {formatted(entry)}" for key, entry in value.items())
    return round(value, 4) if isinstance(value, float) else value


@app.command("example")
def example(name: Annotated[str, typer.Argument(help="Its name; left out, all names are listed.")] = "") -> None:
    """The path of an example picture or sound."""
    typer.echo(example_path(name) if name else "\n".join(f"{each.name}  {each.text}" for each in ALL_EXAMPLES))
