"""The ``zoo`` command: the exhibits' functions for the shell.

Answers go to standard output, with ``--json`` as one object a line and nothing else; errors are one sentence on
standard error and a non-zero exit.
"""

import dataclasses
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer
from pydantic.fields import FieldInfo

from zoo.core.answers import ENSEMBLE
from zoo.core.cards import bundled_cards, find_card
from zoo.core.errors import InputError, ZooError
from zoo.core.evaluation import NoKnownClassError, Watch
from zoo.core.inputs import IMAGE_LIMITS, decode_image, encode_png, read_limited
from zoo.core.jobs import Steps
from zoo.core.knobs import Knobs, bound, checked, parameters, unit
from zoo.examples import example_path
from zoo.exhibits import EXHIBITS, find_exhibit
from zoo.knobs.adversarial import AttackKnobs
from zoo.knobs.augment import AugmentKnobs
from zoo.knobs.classify import ClassifyKnobs, HeatMapKnobs
from zoo.knobs.sentiment import SentimentKnobs
from zoo.knobs.sound import DEFAULT_MODEL as SOUND_MODEL
from zoo.knobs.sound import SoundKnobs, TimelineKnobs

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


@app.command("list")
def list_models(
    official: Annotated[bool, typer.Option("--official", help="What torchvision and the hub publish.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The models that live here, with size, figures and restriction."""
    cards = bundled_cards()
    if official:
        from zoo.core import models

        cards = tuple(find_card(name) for exhibit in EXHIBITS for name in models.official(exhibit.name))
    for card in cards:
        if as_json:
            emit(card.summary())
            continue
        typer.echo(f"{card.name}  {card.size_bytes / 1e6:.1f} MB  {card.exhibit}  [{card.restriction}]  {card.title}")
        for metric in card.metrics:
            typer.echo(f"    {metric.name} {metric.value:.4g} on {metric.dataset}")


@app.command()
@with_knobs(ClassifyKnobs)
def classify(
    files: Annotated[list[Path], typer.Argument(help="Pictures; - is standard input.")],
    heat_map: Annotated[Path | None, typer.Option(help="Also write the first picture's heat map to this PNG.")] = None,
    as_json: JsonOption = False,
    *,
    knobs: ClassifyKnobs,
) -> None:
    """What pictures show, by one or more models."""
    from zoo import classify as exhibit

    for index, file in enumerate(files):
        image = read(file, decode_image, IMAGE_LIMITS.max_bytes)
        result = exhibit.classify(image, knobs)
        if heat_map and index == 0:
            best = result.answers[0]
            seen = exhibit.explain(image, best.model, best.predictions[0].id or best.predictions[0].label)
            write_picture(heat_map, exhibit.overlay(image, seen, HeatMapKnobs().opacity / 100))
        if as_json:
            emit({"file": str(file), **dataclasses.asdict(result)})
            continue
        print_answers(file, result.answers, result.ensemble)


def print_answers(file: Path, answers: "Iterable[Answer]", ensemble: "Answer | None") -> None:
    for answer in (*answers, *([ensemble] if ensemble else [])):
        typer.echo(f"{file}  {answer.model}  {answer.milliseconds:.0f} ms  [{answer.restriction}]")
        for prediction in answer.predictions:
            typer.echo(f"  {prediction.probability:7.1%}  {prediction.label}")
        if answer.unsure:
            typer.echo("  Not sure: this may be none of its classes.")


@app.command()
@with_knobs(AttackKnobs)
def adversarial(
    files: Annotated[list[Path], typer.Argument(help="Pictures; - is standard input.")],
    save: Annotated[Path | None, typer.Option(help="Also write the first attacked picture to this PNG.")] = None,
    as_json: JsonOption = False,
    *,
    knobs: AttackKnobs,
) -> None:
    """Fool a classifier of pictures."""
    from zoo import adversarial as exhibit

    for index, file in enumerate(files):
        result = exhibit.attack(read(file, decode_image, IMAGE_LIMITS.max_bytes), knobs)
        if save and index == 0:
            write_picture(save, result.adversarial)
        if as_json:
            emit({"file": str(file), **result.record()})
            continue
        print_answers(file, (result.outcome.before, result.outcome.after), None)
        typer.echo(f"  {exhibit.verdict(result.outcome)}")


@app.command()
@with_knobs(SoundKnobs)
def sound(
    files: Annotated[list[Path], typer.Argument(help="Sounds, or films with sound; - is standard input.")],
    as_json: JsonOption = False,
    *,
    knobs: SoundKnobs,
) -> None:
    """What is heard in five seconds of each sound, by one or more models."""
    from zoo import sound as exhibit
    from zoo.core.sounds import SOUND_LIMITS

    for file in files:
        recording = read(file, partial(exhibit.decode_sound, rate=exhibit.RATE), SOUND_LIMITS.max_bytes)
        result = exhibit.sound(recording, knobs)
        if as_json:
            emit({"file": str(file), **dataclasses.asdict(result)})
        elif result.quiet:
            typer.echo(f"{file}  Too quiet to tell.")
        else:
            print_answers(file, result.answers, result.ensemble)


@app.command("sound-timeline")
@with_knobs(TimelineKnobs)
def sound_timeline(
    source: Annotated[Path, typer.Argument(help="A recording of any length up to four hours.")],
    model: Annotated[str, typer.Option(help="Who listens; average is all bundled models.")] = SOUND_MODEL,
    csv: Annotated[Path | None, typer.Option(help="Also write the events to this CSV file.")] = None,
    as_json: JsonOption = False,
    *,
    knobs: TimelineKnobs,
) -> None:
    """When a long recording holds which sounds."""
    from zoo import sound as exhibit

    result = drive(exhibit.timeline(existing(source), model, knobs), source.name)
    if csv:
        exhibit.write_events(result, csv)
    for event in result.events:
        if as_json:
            emit(dataclasses.asdict(event))
        else:
            stretch = f"{exhibit.clock(event.start)} - {exhibit.clock(event.stop)}"
            typer.echo(f"{stretch:>19s}  {event.probability:6.1%}  {event.label}")


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


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """Measure models on labelled data."""
    found = find_exhibit(exhibit)
    library = found.module()
    asked = {name: value for name, value in (("binary", binary or None), ("epsilon", epsilon)) if value is not None}
    for name in asked.keys() - inspect.signature(library.evaluate).parameters.keys():
        raise InputError(f"--{name} is no question to {exhibit}: leave it out.")
    measure = partial(library.evaluate, **asked)
    skipped = []
    names = model or [card.name for card in found.cards()] + ([ENSEMBLE] if found.ensemble else [])
    for name in names:
        try:
            with progress_bar(name) as watch:
                record = dataclasses.asdict(measure(path, name, watch))
        except NoKnownClassError as error:
            skipped.append(name)
            if model or skipped == names:
                raise
            typer.echo(f"zoo: {error}", err=True)
            continue
        if as_json:
            emit(record)
        else:
            typer.echo("  ".join(f"{key} {shown(value)}" for key, value in record.items()))


def shown(value: Any) -> Any:
    """A figure as a person reads it."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {shown(entry)}" for key, entry in value.items())
    return round(value, 4) if isinstance(value, float) else value


@app.command("example")
def example(name: Annotated[str, typer.Argument(help="Its name, as on the page.")]) -> None:
    """The path of an example picture or sound."""
    typer.echo(example_path(name))


def main() -> None:
    """Run the command line; a known error is its sentence and exit status 2."""
    try:
        app()
    except ZooError as error:
        typer.echo(f"zoo: {error}", err=True)
        sys.exit(2)
