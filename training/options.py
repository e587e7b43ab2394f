"""Options that several recipes share, declared once."""

from pathlib import Path
from typing import Annotated

import typer

CACHE = Path(".cache/training")

Name = Annotated[str, typer.Option(help="Of the checkpoint.")]
Data = Annotated[Path, typer.Option(help="Folder with images/ and weights/.")]
Rate = Annotated[float, typer.Option(help="Peak learning rate; 0 runs the finder, prints its curve and stops.")]
Sizes = Annotated[str, typer.Option(help="Side in pixels of each epoch, as 2x96,128: progressive resizing.")]
Mixup = Annotated[float, typer.Option(help="Beta distribution's parameter for mixup; 0 is off.")]
Smoothing = Annotated[float, typer.Option(help="Label smoothing.")]
Decay = Annotated[float, typer.Option(help="Discriminative rates: factor per layer towards the input; 1 is off.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Start = Annotated[Path | None, typer.Option(help="A checkpoint of an earlier run to begin from, for a second cycle.")]
CutMixed = Annotated[float, typer.Option(help="Share of the batches with CutMix instead of mixup.")]
Trust = Annotated[float, typer.Option(help="The teachers' share of the target, where there are any.")]
Teachers = Annotated[str, typer.Option(help="Checkpoints whose opinions to learn from, by their names.")]
