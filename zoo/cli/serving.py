"""``zoo serve``: the pages and the API, from the checkout or from an installed wheel.

uvicorn serves the app itself, not Streamlit's launcher, which waits for open requests without end when it is asked to
stop, and leaves Nagle's algorithm on: it holds each answer on a kept connection back for 40 ms.
"""

import atexit
import logging
import os
import signal
import socket
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.console import app
from zoo.core.errors import UnavailableError
from zoo.core.settings import Settings

INSTALLED = Path(__file__).parents[1] / "app"
FOLDER = INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[2]
GRACE = 5  # seconds that open requests have to end once those who wait for jobs were told


@app.command("serve")
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of this machine.")] = "localhost",
) -> None:
    """Serve the pages, and the API at /api, until interrupted."""
    if find_spec("streamlit") is None:
        raise UnavailableError("The pages need Streamlit: pip install 'menagerie-zoo[app]'.")
    import uvicorn

    from zoo.cli.connections import ImpatientProtocol
    from zoo.cli.server import Server
    from zoo.core.temporary import use_own_folder

    # Waiting threads of OpenMP spin by default, and slow each other down whenever other work has the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.chdir(FOLDER)  # where Streamlit finds the pages and its configuration
    sys.path.insert(0, str(FOLDER))
    listener = listen(host, port)
    use_own_folder()
    import_module("app").read_streamlit_variables()
    proxies = Settings().trusted_proxies
    typer.echo(f"Menagerie: http://{'localhost' if host == '0.0.0.0' else host}:{port}")
    signal.signal(signal.SIGTERM, leave)  # raised again by uvicorn once all is closed
    config = uvicorn.Config(
        "app:app",
        http=ImpatientProtocol,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        proxy_headers=bool(proxies),  # uvicorn would believe any program of this machine
        forwarded_allow_ips=proxies,
    )
    # After the configuration, which enables it: each request would be printed, and by Streamlit once more.
    logging.getLogger("uvicorn.access").addFilter(lambda record: False)
    Server(config).run(sockets=[listener])


def leave(*_: object) -> None:
    """End the process with status 0, without taking torch apart: on a busy machine that takes seconds."""
    atexit._run_exitfuncs()  # removes the folder of temporary files
    logging.shutdown()
    os._exit(0)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send without delay. Raises UnavailableError where it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or "no such address"
        raise UnavailableError(f"Port {port} of {host} cannot be used ({reason}): choose another.") from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
