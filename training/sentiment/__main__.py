"""Command line beside the recipe: ``python -m training.sentiment baseline|bundle|held-out``."""

import typer

from training.sentiment.baseline import baseline
from training.sentiment.bundle import bundle, held_out

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(baseline)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
