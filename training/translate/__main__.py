"""Command line of the recipe: ``python -m training.translate train|bundle|held-out``."""

import typer

from training.translate.bundle import bundle, held_out
from training.translate.recipe import train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
