"""``python -m training.adversarial RECIPE``."""

import typer

import training.adversarial
from training.adversarial.ablations import compare
from training.adversarial.bundle import bundle
from training.adversarial.recipe import plain, robust

app = typer.Typer(pretty_exceptions_enable=False, help=training.adversarial.__doc__)
for recipe in (plain, robust, compare, bundle):
    app.command()(recipe)
app()
