"""Command line of the recipe: ``python -m training.generate train|bundle|held-out``."""

import typer

from training.generate.bundle import bundle
from training.generate.recipe import held_out, train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
