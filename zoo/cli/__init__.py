"""The ``zoo`` command: one command an operation, made from its declaration, and those about models and the server.

Results go to standard output, with ``--json`` as one object a line and nothing else; errors are one sentence on
standard error and a non-zero exit.
"""

import sys

import typer

from zoo.cli import models, serving
from zoo.cli.commands import FAILED, add_operations
from zoo.cli.console import app
from zoo.core.errors import ZooError

__all__ = ["app", "main", "models", "serving"]

add_operations(app)


def main() -> None:
    """Run the command line; a known error is its sentence and exit status 2."""
    try:
        app()
    except ZooError as error:
        typer.echo(f"zoo: {error}", err=True)
        sys.exit(FAILED)
