"""Commands that take texts and tables of texts."""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from zoo.cli.console import JsonOption, app, drive, emit, existing, read, with_knobs
from zoo.core.texts import TEXT_LIMITS, decode_text
from zoo.knobs.augment import AugmentKnobs, BackKnobs
from zoo.knobs.generate import DEFAULT_MODEL, GenerateKnobs, TuneKnobs
from zoo.knobs.sentiment import SentimentKnobs
from zoo.knobs.translate import TranslateKnobs

if TYPE_CHECKING:
    from zoo.core.jobs import Steps
    from zoo.generate import Generated

TextArgument = Annotated[str, typer.Argument(help="The text; - is standard input.")]
SourceArgument = Annotated[Path, typer.Argument(help="A CSV file.")]
TargetArgument = Annotated[Path, typer.Argument(help="The CSV file to write.")]
ColumnOption = Annotated[str, typer.Option(help="The column with the texts.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with a target that was left unfinished.")]


def whole(text: str, characters: int) -> str:
    """The text itself, or standard input for ``-``: no more of it than shows that it is too much."""
    return sys.stdin.buffer.read(4 * characters + 1).decode("utf-8", "replace") if text == "-" else text


@app.command()
@with_knobs(SentimentKnobs)
def sentiment(
    text: TextArgument,
    words: Annotated[bool, typer.Option("--words", help="Also how much each word speaks for positive.")] = False,
    as_json: JsonOption = False,
    *,
    knobs: SentimentKnobs,
) -> None:
    """The feeling in a text."""
    from zoo import sentiment as exhibit

    text = whole(text, exhibit.MAX_CHARACTERS)
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
    source: SourceArgument,
    target: TargetArgument,
    column: ColumnOption = "text",
    *,
    knobs: SentimentKnobs,
) -> None:
    """The feeling in every row of a table, by the first model: three columns more."""
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
    source: SourceArgument,
    target: TargetArgument,
    column: ColumnOption = "text",
    resume: ResumeOption = False,
    *,
    knobs: AugmentKnobs,
) -> None:
    """A table made larger: new rows with other words, labels and all other cells carried over."""
    from zoo import augment as exhibit

    drive(exhibit.expand(existing(source), target, column, knobs, resume=resume), source.name)
    typer.echo(str(target))


@app.command("back-translate")
@with_knobs(BackKnobs)
def back_translate(text: TextArgument, as_json: JsonOption = False, *, knobs: BackKnobs) -> None:
    """An English text through another language and back: the same in other words."""
    from zoo import augment as exhibit
    from zoo.translate import MAX_CHARACTERS

    result = exhibit.back_translate(whole(text, MAX_CHARACTERS), knobs)
    if as_json:
        emit(dataclasses.asdict(result))
        return
    typer.echo(f"{result.language}  {result.pivot}\nen  {result.text}  [{result.restriction}]")


@app.command("back-translate-table")
@with_knobs(BackKnobs)
def back_translate_table(
    source: SourceArgument,
    target: TargetArgument,
    column: ColumnOption = "text",
    resume: ResumeOption = False,
    *,
    knobs: BackKnobs,
) -> None:
    """A table made larger: below each row one that says the same in other words."""
    from zoo import augment as exhibit

    drive(exhibit.expand(existing(source), target, column, knobs, resume=resume), source.name)
    typer.echo(str(target))


@app.command()
@with_knobs(TranslateKnobs)
def translate(text: TextArgument, as_json: JsonOption = False, *, knobs: TranslateKnobs) -> None:
    """A text from English to French, or back."""
    from zoo import translate as exhibit

    result = exhibit.translate(whole(text, exhibit.MAX_CHARACTERS), knobs)
    if as_json:
        emit(dataclasses.asdict(result))
    else:
        typer.echo(f"{result.translation}  [{result.restriction}]")


@app.command()
@with_knobs(GenerateKnobs)
def generate(
    text: Annotated[str, typer.Argument(help="What to go on with; - is standard input.")] = "",
    as_json: JsonOption = False,
    *,
    knobs: GenerateKnobs,
) -> None:
    """Go on with a text, word by word."""
    from zoo import generate as exhibit

    prompt = whole(text, exhibit.MAX_CHARACTERS)
    for remark in knobs.remarks():
        typer.echo(f"zoo: {remark}", err=True)
    steps = exhibit.generate(prompt, knobs)
    if as_json or knobs.samples > 1 or knobs.method == "beam":
        result = drive(steps, knobs.model)
        if as_json:
            emit(dataclasses.asdict(result))
            return
        typer.echo("\n\n".join(exhibit.texts(result)))
    else:
        result = typed(steps, prompt)
    typer.echo(f"[{result.model}: {result.restriction}]", err=True)


def typed(steps: "Steps[Generated]", prompt: str) -> "Generated":
    """Write the text as it comes."""
    typer.echo(prompt, nl=False)
    shown = 0
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop:
            typer.echo()
            return cast("Generated", stop.value)
        text = cast("Generated", progress.preview).samples[0].text
        typer.echo(text[shown:], nl=False)
        shown = len(text)


@app.command("generate-surprise")
def surprise(
    text: TextArgument,
    model: Annotated[str, typer.Option(help="Who reads.")] = DEFAULT_MODEL,
    as_json: JsonOption = False,
) -> None:
    """How much each word of a text surprises a network."""
    from zoo import generate as exhibit

    found = exhibit.surprise(whole(text, exhibit.MAX_CHARACTERS), model)
    if as_json:
        emit({**dataclasses.asdict(found), "perplexity": found.perplexity})
        return
    typer.echo(f"perplexity {found.perplexity:.1f}")
    for piece, bits in zip(found.pieces, found.bits, strict=True):
        typer.echo(f"  {bits:5.1f}  {piece!r}")


@app.command("generate-tune")
@with_knobs(TuneKnobs)
def tune(
    file: Annotated[Path, typer.Argument(help="A text in UTF-8.")],
    title: Annotated[str, typer.Argument(help="What to call the model.")],
    model: Annotated[str, typer.Option(help="Who goes on learning.")] = DEFAULT_MODEL,
    as_json: JsonOption = False,
    *,
    knobs: TuneKnobs,
) -> None:
    """Let the network learn from a text of yours: a model of your own, for generate."""
    from zoo import generate as exhibit

    text = read(file, decode_text, TEXT_LIMITS.max_bytes)
    card = drive(exhibit.tune(text, title, knobs, model, owner="shell"), file.name)
    if as_json:
        emit(card.summary())
    else:
        typer.echo(f"{card.name}  {card.title}  [{card.restriction}]")
