"""The pictures that nothing was trained on, as a table."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from PIL import Image

from training import options
from training.gan.fashion import CLASSES, read
from zoo.core.images import encode_png


def held_out(
    data: options.Data, destination: Annotated[Path, typer.Argument(help="The parquet file to write.")]
) -> None:
    """Write the test set of Fashion-MNIST as a table for ``zoo evaluate gan``."""
    pictures = read(data, "t10k")
    grey = ((pictures.pixels[:, 0] + 1) * 127.5).round().byte().numpy()
    images = [encode_png(Image.fromarray(each)) for each in grey]
    labels = [CLASSES[index] for index in pictures.labels.tolist()]
    pd.DataFrame({"image": images, "label": labels}).to_parquet(destination)
