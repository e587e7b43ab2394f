"""``python -m training.digits bundle | sheet | examples``."""

import typer

import training.digits
from training.digits.bundle import bundle, sheet
from training.digits.examples import examples

app = typer.Typer(pretty_exceptions_enable=False, help=training.digits.__doc__)
for command in (bundle, sheet, examples):
    app.command()(command)
app()
