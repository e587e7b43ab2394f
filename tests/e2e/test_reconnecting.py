"""A connection that is lost: for a moment, it costs the visitor nothing; for good, nothing of the visitor is left."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import PATIENCE, ROOT, free_port, running_app, settle, upload, wait_for
from tests.e2e.conftest import MISHAPS

GRACE = 12  # seconds: more than a browser needs to connect again on a busy machine
JOB = "style?example=coffee&method=Optimised+(Gatys)&size=64&levels=1"
# A socket that the page's own code cannot tell from one that the network cut.
SOCKETS = """
window.sockets = []
window.WebSocket = class extends WebSocket { constructor(...all) { super(...all); window.sockets.push(this) } }
"""


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server makes the visitors' folders."""
    return tmp_path_factory.mktemp("visitors")


@pytest.fixture(scope="module")
def server(temporary: Path) -> Iterator[str]:
    with running_app({"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(GRACE), "TMPDIR": str(temporary)}) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True)  # Playwright's own waiting evaluates strings
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.add_init_script(SOCKETS)
    yield page
    context.close()


def cut(page: Page) -> None:
    """Close the websocket, and wait for the one by which the browser connects again."""
    count = page.evaluate("sockets.length")
    page.evaluate("sockets.at(-1).close()")
    page.wait_for_function(f"sockets.length > {count} && sockets.at(-1).readyState === WebSocket.OPEN")


def stats(server: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{server}/api/v1/stats", timeout=PATIENCE) as answer:
        record: dict[str, int] = json.load(answer)
    return record


def folders(temporary: Path) -> list[Path]:
    """Those of visitors, in the folder of the server's process."""
    return list(temporary.glob("menagerie-*/tmp*"))


def start(page: Page, server: str, steps: int) -> None:
    page.goto(f"{server}/{JOB}&steps={steps}")
    settle(page)
    page.get_by_role("button", name="Optimise").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text("Step")


def test_a_job_goes_on_while_the_connection_is_cut(visitor: Page, server: str) -> None:
    start(visitor, server, steps=30)
    cut(visitor)
    expect(visitor.get_by_role("button", name="Animation as WebP")).to_be_visible()
    expect(visitor.get_by_test_id("stProgress")).to_have_count(0)
    assert visitor.locator(f"{MISHAPS}, [data-testid=stAlert]").all_inner_texts() == []


def test_an_uploaded_table_is_kept_while_the_connection_is_cut(visitor: Page, server: str) -> None:
    visitor.goto(f"{server}/sentiment")
    settle(visitor)
    visitor.get_by_role("tab", name="Table").click()
    upload(visitor, "reviews.csv", b"text,rating\nGood work,5\nBad work,1\n", place=-1)
    button = visitor.get_by_role("button", name="Classify the rows")
    expect(button).to_be_visible()
    cut(visitor)
    button.click()
    expect(visitor.get_by_role("button", name="Table with sentiment")).to_be_visible()
    assert visitor.locator(MISHAPS).count() == 0


def test_a_visitor_who_left_leaves_no_job_and_no_file(visitor: Page, server: str, temporary: Path) -> None:
    start(visitor, server, steps=1000)
    assert stats(server)["active_jobs"] == 1
    assert folders(temporary)
    visitor.close()
    left = time.monotonic()
    while stats(server)["active_jobs"] or folders(temporary):
        assert time.monotonic() - left < GRACE + PATIENCE
        time.sleep(1)


def test_a_server_that_stops_tells_the_owners_of_jobs(visitor: Page, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "zoo", "serve", "--port", str(port)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(f"http://localhost:{port}/api/v1/health", server)
            start(visitor, f"http://localhost:{port}", steps=1000)
            server.send_signal(signal.SIGTERM)
            expect(visitor.get_by_text("The server is shutting down, and your job ended with it")).to_be_visible()
            assert server.wait(PATIENCE) == 0
        finally:
            server.kill()
    assert not any(tmp_path.iterdir())
