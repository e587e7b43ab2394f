"""Commands that take pictures."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import JsonOption, app, emit, print_answers, read, with_knobs, write_picture
from zoo.core.inputs import IMAGE_LIMITS, decode_image
from zoo.knobs.adversarial import AttackKnobs
from zoo.knobs.classify import ClassifyKnobs, HeatMapKnobs


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
