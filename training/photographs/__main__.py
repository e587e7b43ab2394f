"""``python -m training.photographs prepare | bundle | held-out``."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

import training.photographs
from training import options
from training.photographs.bundle import bundle_photographs
from training.photographs.prepare import FOLDER, hashes_of, prepare_source, to_png
from training.photographs.sources import SOURCES
from training.photographs.splits import held_out_photographs

app = typer.Typer(pretty_exceptions_enable=False, help=training.photographs.__doc__)


@app.command()
def prepare(
    data: options.Data,
    clones: Annotated[Path, typer.Argument(help="A folder of git clones named OWNER+NAME.")],
    names: Annotated[list[str] | None, typer.Argument(help="OWNER+NAME; all by default.")] = None,
) -> None:
    """Write DATA/photographs/OWNER+NAME.parquet for each clone that has no such file."""
    folder = data / FOLDER
    folder.mkdir(exist_ok=True)
    chosen, measured = held_out_photographs(data)
    hashes = hashes_of(picture for _, picture in chosen + measured)
    for source in SOURCES:
        file = folder / f"{source.name}.parquet"
        if (names and source.name not in names) or file.exists():
            continue
        if not (clones / source.name).exists():
            typer.echo(f"{source.name}: no clone of it in {clones}")
            continue
        table = prepare_source(source, clones, hashes)
        partial = file.with_suffix(".partial")
        table.to_parquet(partial)
        partial.replace(file)
        typer.echo(f"{source.name}: {len(table)} photographs, {file.stat().st_size / 1e6:.0f} MB")


@app.command()
def bundle(data: options.Data) -> None:
    """Calibrate, measure and write assets/models/resnet-18-photographs."""
    bundle_photographs(data)


@app.command("held-out")
def held_out(
    data: options.Data, destination: Annotated[Path, typer.Argument(help="The parquet file to write.")]
) -> None:
    """Write the photographs that are measured on as a table for ``zoo evaluate classify``."""
    _, measured = held_out_photographs(data)
    rows = [{"image": to_png(picture), "wnid": wnid} for wnid, picture in measured]
    pd.DataFrame(rows).to_parquet(destination)


if __name__ == "__main__":
    app()
