"""Command line of the recipe: ``python -m training.style train|examples``."""

import typer

from training.style.examples import draw
from training.style.recipe import train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command("examples")(draw)

if __name__ == "__main__":
    app()
