"""``python -m training.style --help``: what goes with the recipes, which ``python -m training run`` runs."""

import typer

from training.style.bundle import bundle, held_out
from training.style.compare_extractors import compare_extractors
from training.style.examples import draw
from training.style.perceptual_bundle import bundle_perceptual

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(bundle)
app.command("held-out")(held_out)
app.command("examples")(draw)
app.command("compare-extractors")(compare_extractors)
app.command("bundle-perceptual")(bundle_perceptual)

if __name__ == "__main__":
    app()
