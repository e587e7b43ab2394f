"""``python -m training.sound bundle | bundle-yamnet | examples``."""

import typer

import training.sound
from training.sound.bundle import bundle
from training.sound.bundle_yamnet import bundle_yamnet
from training.sound.examples import examples

app = typer.Typer(pretty_exceptions_enable=False, help=training.sound.__doc__)
for command in (bundle, bundle_yamnet, examples):
    app.command()(command)
app()
