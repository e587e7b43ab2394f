"""A running app and a browser to drive it, for the browser tests and for the documentation's pictures."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from mimetypes import guess_type
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 180  # seconds for any one thing to happen: a loaded machine is slow, and no test is about time
QUIET = """document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]")
    && !document.querySelector("[data-testid=stSkeleton], [data-testid=stSpinner]")"""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # Each new window would draw two pages for the suggestions below its address bar: a second of both cores.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a freshly started server, stopped at the end; ``environment`` is added to this process's own."""
    with serving(free_port(), environment) as (address, _):
        yield address


@contextmanager
def serving(port: int, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same on a port, with the server's process."""
    command = [sys.executable, "-m", "zoo", "serve", "--port", str(port)]
    with TemporaryDirectory() as data:
        ours = {"STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none", "ZOO_DATA": data, "ZOO_CACHE": f"{data}/cache"}
        environment = {**os.environ, **ours, **(environment or {})}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
            address = f"http://localhost:{port}"
            try:
                wait_for(f"{address}/api/v1/health", server)
                yield address, server
            finally:
                server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = PATIENCE) -> None:
    """Until ``url`` answers. Raises TimeoutError, or RuntimeError when the server has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds} s")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Until the script has run and nothing on the page is about to change."""
    page.wait_for_function(QUIET, timeout=1000 * PATIENCE)
    page.wait_for_timeout(400)  # a click may make the script run again only now
    page.wait_for_function(QUIET, timeout=1000 * PATIENCE)


def upload(page: Page, name: str, data: bytes, place: int = 0) -> None:
    """Give a file to an uploader, the last one at ``place`` -1.

    Not while the script runs: as a run begins, Streamlit drops its answer to where a file may be put, and the upload
    waits for ever; and an upload leaves a new, empty widget in the place of the old one.
    """
    settle(page)
    kind = guess_type(name)[0] or "application/octet-stream"
    field = page.get_by_test_id("stFileUploaderDropzoneInput").nth(place)
    field.set_input_files({"name": name, "mimeType": kind, "buffer": data})
