"""``python -m training.adversarial bundle --data DATA``."""

import typer

import training.adversarial
from training.adversarial.bundle import bundle

app = typer.Typer(pretty_exceptions_enable=False, help=training.adversarial.__doc__)
app.callback()(lambda: None)  # keeps the command's name with only one of them
app.command()(bundle)
app()
