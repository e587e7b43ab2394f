"""``python -m training.classify RECIPE``."""

import typer

import training.classify
from training.classify.bundle import bundle, held_out
from training.classify.mobilenet import mobilenet
from training.classify.resnet import resnet

app = typer.Typer(pretty_exceptions_enable=False, help=training.classify.__doc__)
for recipe in (mobilenet, resnet, bundle, held_out):
    app.command()(recipe)
app()
