"""Command line of the recipe: ``python -m training.style train|bundle|held-out|examples|eyes``."""

import typer

from training.style.bundle import bundle, held_out
from training.style.examples import draw
from training.style.eyes import eyes
from training.style.recipe import train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command()(bundle)
app.command("held-out")(held_out)
app.command("examples")(draw)
app.command()(eyes)

if __name__ == "__main__":
    app()
