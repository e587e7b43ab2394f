"""``python -m training.adversarial bundle --data DATA``, and ``examples``, which draws the example pictures."""

import typer

import training.adversarial
from training.adversarial.bundle import bundle
from training.adversarial.examples import examples

app = typer.Typer(pretty_exceptions_enable=False, help=training.adversarial.__doc__)
app.command()(bundle)
app.command()(examples)
app()
