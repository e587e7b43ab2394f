"""``python -m training.classify bundle | held-out``."""

import typer

import training.classify
from training.classify.bundle import bundle, held_out

app = typer.Typer(pretty_exceptions_enable=False, help=training.classify.__doc__)
for command in (bundle, held_out):
    app.command()(command)
app()
