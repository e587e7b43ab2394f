"""Command line of the recipes: ``python -m training.sentiment train|compare|bundle|held-out``."""

import typer

from training.sentiment.bundle import bundle, held_out
from training.sentiment.recipe import compare, train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command()(compare)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
