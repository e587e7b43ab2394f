"""``python -m training.classify RECIPE``."""

import typer

import training.classify
from training.classify.bundle import bundle
from training.classify.mobilenet import mobilenet
from training.classify.resnet import resnet

app = typer.Typer(pretty_exceptions_enable=False, help=training.classify.__doc__)
for recipe in (mobilenet, resnet, bundle):
    app.command()(recipe)
app()
