"""Commands that take sounds."""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import JsonOption, app, drive, emit, existing, print_answers, read, with_knobs
from zoo.knobs.sound import DEFAULT_MODEL as SOUND_MODEL
from zoo.knobs.sound import SoundKnobs, TimelineKnobs


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
