"""Command line of the recipes: ``python -m training.style --help`` lists them."""

import typer

from training.style.bundle import bundle, held_out
from training.style.compare_extractors import eyes
from training.style.examples import draw
from training.style.perceptual import bundle_perceptual, perceptual
from training.style.recipe import train

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(train)
app.command()(bundle)
app.command("held-out")(held_out)
app.command("examples")(draw)
app.command()(eyes)
app.command()(perceptual)
app.command("bundle-perceptual")(bundle_perceptual)

if __name__ == "__main__":
    app()
