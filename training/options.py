"""Command-line options that several recipes share, declared once."""

from pathlib import Path
from typing import Annotated

import typer

CACHE = Path(".cache/training")

Data = Annotated[Path, typer.Option(help="The data folder that training/README.md describes.")]
Name = Annotated[str, typer.Option(help="Name of the checkpoint.")]
Rate = Annotated[float, typer.Option(help="Peak learning rate; 0 runs the range test, prints its curve and stops.")]
Sizes = Annotated[str, typer.Option(help="Input size in pixels of each epoch, as 2x96,128: progressive resizing.")]
Mixup = Annotated[float, typer.Option(help="Parameter of mixup's beta distribution; 0 is off.")]
Smoothing = Annotated[float, typer.Option(help="Label smoothing.")]
Decay = Annotated[float, typer.Option(help="Discriminative rates: factor per layer towards the input; 1 is off.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Start = Annotated[Path | None, typer.Option(help="Checkpoint of an earlier run whose weights this one starts from.")]
CutMix = Annotated[float, typer.Option(help="Fraction of the batches with CutMix instead of mixup.")]
TeacherWeight = Annotated[
    float, typer.Option(help="Weight of the teachers' outputs in the target, where there are any.")
]
Teachers = Annotated[str, typer.Option(help="Checkpoints to distil from, by their names.")]
