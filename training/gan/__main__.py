"""``python -m training.gan --help``: what goes with the recipes, which ``python -m training run`` runs."""

import typer

from training.gan.bundle import bundle
from training.gan.examples import held_out

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
