"""Commands: checkpoints to folders under assets/models, and the held-out part of the data as a file."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from training import options
from training.classify.bundle_mobilenet import bundle_mobilenet
from training.classify.bundle_resnet import bundle_resnet
from training.pictures import HELD_OUT_PER_CLASS
from training.run import CHECKPOINTS

BUNDLERS = {"mobilenet-v2": bundle_mobilenet, "resnet-18": bundle_resnet}


def bundle(
    data: options.Data, names: Annotated[list[str] | None, typer.Argument(help="mobilenet-v2, resnet-18.")] = None
) -> None:
    """Calibrate, measure and write assets/models/mobilenet-v2 and resnet-18, from the checkpoints that there are."""
    for name in names or BUNDLERS:
        if (CHECKPOINTS / f"{name}.pt").exists():
            BUNDLERS[name](data)


def held_out(
    data: options.Data, destination: Annotated[Path, typer.Argument(help="The parquet file to write.")]
) -> None:
    """Write the held-out part of Tiny ImageNet as a table for ``zoo evaluate classify``."""
    table = pd.read_parquet(data / "images" / "tiny_imagenet_train.parquet")
    last = table.groupby("label").tail(HELD_OUT_PER_CLASS)
    last[["image", "wnid"]].to_parquet(destination)
