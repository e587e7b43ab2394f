"""The ``zoo`` command: the exhibits' functions for the shell.

Answers go to standard output, with ``--json`` as one object a line and nothing else; errors are one sentence on
standard error and a non-zero exit.
"""

import sys

import typer

from zoo.cli import house, pictures, sounds, words  # each adds its commands to the app
from zoo.cli.console import app
from zoo.core.errors import ZooError

__all__ = ["house", "main", "pictures", "sounds", "words"]


def main() -> None:
    """Run the command line; a known error is its sentence and exit status 2."""
    try:
        app()
    except ZooError as error:
        typer.echo(f"zoo: {error}", err=True)
        sys.exit(2)
