"""Command line beside the recipe: ``python -m training.generate bundle|held-out``."""

import typer

from training.generate.bundle import bundle, held_out

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(bundle)
app.command("held-out")(held_out)

if __name__ == "__main__":
    app()
