"""The ``zoo`` command: one command an operation, made from its declaration, and those about models and the server.

Results go to standard output, with ``--json`` as one object a line and nothing else; errors are one sentence on
standard error and a non-zero exit.
"""

import sys

from zoo.cli import exporting, models, serving
from zoo.cli.commands import add_operations, refuse_old_options
from zoo.cli.console import app, echo_error

__all__ = ["app", "exporting", "main", "models", "serving"]

add_operations(app)


def main() -> None:
    """Run the command line; a known error is its sentence and exit status 2, any other one exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack a character, and an argument be no text
    try:
        refuse_old_options(sys.argv[1:])
        app()
    except Exception as error:
        sys.exit(echo_error(error))
