"""Fixtures of the browser tests: a server and a browser for all of them, and visitors who may meet no mishap."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.browser import CHROMIUM, PATIENCE, chromium, running_app, settle

HERE = Path(__file__).parent
# Below a deep link, Streamlit's frontend first looks for its server in the wrong place.
PROBE = re.compile(r"/\w+/_stcore/(health|host-config)$")
# A picture or a file to download that a newer one replaced before the browser had fetched it. That downloads come is
# for the tests that take them.
REPLACED = re.compile(r"/media/\w+\.\w+|Download Button source error - 404")
MISHAPS = "[data-testid=stException], [data-testid=stAlert]:has-text('Something went wrong on our side')"
WHOLE = "[...document.images].every(image => !image.complete || image.naturalWidth)"

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on the PATH to drive the app with"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * PATIENCE)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def weights_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps official weights, those of torchvision and of the hub: empty at first."""
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def server(weights_home: Path) -> Iterator[str]:
    """The address of a server without a network: what it would fetch, it asks of a port that nobody listens on."""
    nowhere = "http://127.0.0.1:9"
    home = str(weights_home)
    environment = {"http_proxy": nowhere, "https_proxy": nowhere, "TORCH_HOME": home, "HF_HOME": home}
    with running_app(environment) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open an address as a new visitor, with cookies and a session of its own, and wait until the page has settled.

    At the end the test fails if the browser reported an error to any visitor, or a page an exception or a
    broken picture that stays.
    """
    pages: list[Page] = []
    mishaps: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        said = f"{message.text} ({message.location['url']})"
        if message.type == "error" and not PROBE.search(message.location["url"]) and not REPLACED.search(said):
            mishaps.append(said)

    def visit(address: str, **options: object) -> Page:
        # Playwright's waiting evaluates strings, which the pages' policy forbids; test_security.py visits under it.
        defaults = {"viewport": {"width": 1280, "height": 1400}, "bypass_csp": True}
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: mishaps.append(str(error)))
        pages.append(page)
        page.goto(address)
        settle(page)
        return page

    yield visit
    for page in pages:
        mishaps += page.locator(MISHAPS).all_inner_texts()
        page.wait_for_function(WHOLE)
        page.context.close()
    assert not mishaps


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    """A visitor of Classify."""
    return visit(f"{server}/classify")
