"""Command line of the recipes: ``python -m training.sound spectrogram|audionet|bundle|examples``."""

import typer

from training.sound.audionet import audionet
from training.sound.bundle import bundle
from training.sound.examples import examples
from training.sound.spectrogram import spectrogram

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(spectrogram)
app.command()(audionet)
app.command()(bundle)
app.command()(examples)

if __name__ == "__main__":
    app()
