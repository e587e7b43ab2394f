"""Command line of the recipe: ``python -m training.translate train en-fr|fr-en``."""

import typer

from training.translate.recipe import train

app = typer.Typer(pretty_exceptions_enable=False)
app.callback()(lambda: None)  # with a single command, typer would leave its name out
app.command()(train)

if __name__ == "__main__":
    app()
