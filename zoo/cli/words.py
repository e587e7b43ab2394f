"""Commands that take texts and tables of texts."""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import JsonOption, app, drive, emit, existing, with_knobs
from zoo.knobs.augment import AugmentKnobs
from zoo.knobs.sentiment import SentimentKnobs


@app.command()
@with_knobs(SentimentKnobs)
def sentiment(
    text: Annotated[str, typer.Argument(help="The text; - is standard input.")],
    words: Annotated[bool, typer.Option("--words", help="Also how much each word speaks for positive.")] = False,
    as_json: JsonOption = False,
    *,
    knobs: SentimentKnobs,
) -> None:
    """The feeling in a text."""
    from zoo import sentiment as exhibit

    if text == "-":
        text = sys.stdin.buffer.read(4 * exhibit.MAX_CHARACTERS + 1).decode("utf-8", "replace")
    result = exhibit.sentiment(text, knobs)
    moved = exhibit.explain(text, knobs.model[0], knobs.neutral) if words else ()
    if as_json:
        emit(dataclasses.asdict(result) | ({"words": [dataclasses.asdict(word) for word in moved]} if words else {}))
        return
    for answer in result.answers:
        odds = "  ".join(f"{label} {value:.1%}" for label, value in answer.probabilities.items())
        typer.echo(f"{answer.model}  {answer.label}  [{answer.restriction}]  {odds}")
    for word in moved:
        typer.echo(f"  {word.contribution:+.3f}  {word.word}")


@app.command("sentiment-table")
@with_knobs(SentimentKnobs)
def sentiment_table(
    source: Annotated[Path, typer.Argument(help="A CSV file.")],
    target: Annotated[Path, typer.Argument(help="The CSV file to write: three columns more.")],
    column: Annotated[str, typer.Option(help="The column with the texts.")] = "text",
    *,
    knobs: SentimentKnobs,
) -> None:
    """The feeling in every row of a table, by the first model."""
    from zoo import sentiment as exhibit

    drive(exhibit.annotate(existing(source), target, column, knobs.model[0], neutral=knobs.neutral), source.name)
    typer.echo(str(target))


@app.command()
@with_knobs(AugmentKnobs)
def augment(
    text: Annotated[str, typer.Argument(help="A sentence.")],
    as_json: JsonOption = False,
    *,
    knobs: AugmentKnobs,
) -> None:
    """New sentences by four operations on the words of one."""
    from zoo import augment as exhibit

    for new in exhibit.augment(text, knobs):
        if as_json:
            emit(dataclasses.asdict(new))
        else:
            typer.echo(f"{new.operation:8s}  {new.text}")


@app.command("augment-table")
@with_knobs(AugmentKnobs)
def augment_table(
    source: Annotated[Path, typer.Argument(help="A CSV file.")],
    target: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    column: Annotated[str, typer.Option(help="The column with the texts.")] = "text",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a target that was left unfinished.")] = False,
    *,
    knobs: AugmentKnobs,
) -> None:
    """A table made larger: new rows with other words, labels and all other cells carried over."""
    from zoo import augment as exhibit

    drive(exhibit.expand(existing(source), target, column, knobs, resume=resume), source.name)
    typer.echo(str(target))
