"""``python -m training.autoencoder --help``: what goes with the recipe, which ``python -m training run`` runs."""

import typer

from training.autoencoder.bundle import bundle, probe_pictures

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(bundle)
app.command("probe-pictures")(probe_pictures)

if __name__ == "__main__":
    app()
