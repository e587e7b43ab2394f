"""Commands that take pictures."""

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.console import JsonOption, app, drive, emit, print_answers, read, with_knobs, write_picture
from zoo.core.inputs import IMAGE_LIMITS, decode_image
from zoo.examples import example_path
from zoo.knobs.adversarial import AttackKnobs
from zoo.knobs.classify import ClassifyKnobs, HeatMapKnobs
from zoo.knobs.style import LearnKnobs, RestyleKnobs, StyleKnobs

if TYPE_CHECKING:
    from PIL.Image import Image


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
@with_knobs(StyleKnobs)
def style(
    file: Annotated[Path, typer.Argument(help="A photograph; - is standard input.")],
    target: Annotated[Path, typer.Argument(help="The PNG file to write.")],
    painting: Annotated[
        list[str],
        typer.Option(help="In whose hand: a file or an example's name; =2 behind it counts double."),
    ] = ["strokes"],  # noqa: B006
    animation: Annotated[Path | None, typer.Option(help="Also write how it came about, as an animated WebP.")] = None,
    as_json: JsonOption = False,
    *,
    knobs: StyleKnobs,
) -> None:
    """Paint a photograph in another's hand."""
    from zoo import style as exhibit

    photograph = read(file, decode_image, IMAGE_LIMITS.max_bytes)
    result = drive(exhibit.paint(photograph, [style_of(each) for each in painting], knobs), file.name)
    write_picture(target, result.picture)
    if animation:
        animation.write_bytes(exhibit.animation(result.frames))
    errors = {"content": result.content[-1], "style": result.style[-1]}
    if as_json:
        emit({"picture": str(target), **errors, "restriction": result.restriction})
    else:
        typer.echo(f"{target}  [{result.restriction}]  content {errors['content']:.3g}, style {errors['style']:.3g}")


@app.command("style-at-once")
@with_knobs(RestyleKnobs)
def restyle(
    file: Annotated[Path, typer.Argument(help="A photograph; - is standard input.")],
    target: Annotated[Path, typer.Argument(help="The PNG file to write.")],
    as_json: JsonOption = False,
    *,
    knobs: RestyleKnobs,
) -> None:
    """Paint a photograph at once, in a style that a network has learnt."""
    from zoo import style as exhibit

    result = exhibit.restyle(read(file, decode_image, IMAGE_LIMITS.max_bytes), knobs)
    write_picture(target, result.picture)
    if as_json:
        told = {"models": result.models, "milliseconds": result.milliseconds, "restriction": result.restriction}
        emit({"picture": str(target), **told})
    else:
        typer.echo(f"{target}  {', '.join(result.models)}  {result.milliseconds:.0f} ms  [{result.restriction}]")


@app.command("style-learn")
@with_knobs(LearnKnobs)
def learn_style(
    file: Annotated[Path, typer.Argument(help="A painting; - is standard input.")],
    title: Annotated[str, typer.Argument(help="What to call the style.")],
    as_json: JsonOption = False,
    *,
    knobs: LearnKnobs,
) -> None:
    """Learn a style from a painting: a model of your own, for style-at-once."""
    from zoo import style as exhibit

    painting = read(file, decode_image, IMAGE_LIMITS.max_bytes)
    card = drive(exhibit.learn(painting, title, knobs, owner="shell"), file.name)
    if as_json:
        emit(card.summary())
    else:
        typer.echo(f"{card.name}  {card.title}  [{card.restriction}]")


def style_of(given: str) -> "tuple[Image, float]":
    """A picture and its weight. Raises InputError, or NotFoundError for what is neither a file nor an example."""
    parts = re.fullmatch(r"(.+?)(?:=(\d+(?:\.\d+)?))?", given, re.DOTALL)
    name, weight = parts.groups() if parts else (given, None)
    path = Path(name) if Path(name).exists() else Path(example_path(name))
    return read(path, decode_image, IMAGE_LIMITS.max_bytes), float(weight or 1)
