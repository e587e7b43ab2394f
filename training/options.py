"""Command-line options and paths that several recipes share."""

from pathlib import Path
from typing import Annotated

import typer

CACHE = Path(".cache/training")

Data = Annotated[Path, typer.Option(help="The data folder that training/README.md describes.")]
