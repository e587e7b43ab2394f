"""``python -m training.sound bundle | examples``."""

import typer

import training.sound
from training.sound.bundle import bundle
from training.sound.examples import examples

app = typer.Typer(pretty_exceptions_enable=False, help=training.sound.__doc__)
for command in (bundle, examples):
    app.command()(command)
app()
