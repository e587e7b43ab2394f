"""``zoo serve``: the pages and the API, from the checkout or from an installed wheel."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import app
from zoo.core.errors import UnavailableError

INSTALLED = Path(__file__).parents[1] / "app"
FOLDER = INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[2]


@app.command("serve")
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of this machine.")] = "localhost",
) -> None:
    """Serve the pages, and the API at /api, until interrupted."""
    if find_spec("streamlit") is None:
        raise UnavailableError("The pages need Streamlit: pip install 'menagerie-zoo[app]'.")
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address", host]
    os.chdir(FOLDER)  # where Streamlit looks for its configuration
    os.execv(sys.executable, command)  # in place of this process, so that signals reach the server
