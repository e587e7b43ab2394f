"""What pages refuse in a real browser: anything of another site, whatever a visitor brings; and the policy itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import PATIENCE, running_app, settle, upload
from tests.hostile import HOSTILE
from tests.own_cards import FRONT
from zoo.core import user_models
from zoo.exhibits import EXHIBITS
from zoo.nets.stylenet import StyleNet

# That something did not work, and no more: Streamlit looks for its server below the address of a page first.
ELSEWHERE = "Failed to load resource: the server responded with a status of 404 (Not Found)"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[str]:
    with running_app({"ZOO_DATA": str(data)}) as address:
        yield address


class Visit:
    """A page with all that it asked for, and all that the browser told of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.told: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.told.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.told.append(str(error)))

    def assert_quiet(self, server: str) -> None:
        """Nothing was asked of another site, or refused by the policy."""
        own = (server, server.replace("http", "ws"), "data:", "blob:")
        assert [url for url in self.asked if not url.startswith(own)] == []
        assert [text for text in self.told if text != ELSEWHERE] == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Under the policy, where Playwright can wait for what is visible alone."""
    with browser.new_context(viewport={"width": 1280, "height": 1400}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        yield Visit(context.new_page())


@pytest.fixture
def unprotected(browser: Browser) -> Iterator[Visit]:
    """Without the policy: what it would refuse must not be asked for in the first place."""
    with browser.new_context(viewport={"width": 1280, "height": 1400}, bypass_csp=True) as context:
        context.set_default_timeout(1000 * PATIENCE)
        yield Visit(context.new_page())


def test_every_page_works_under_the_policy(visit: Visit, server: str) -> None:
    for exhibit in EXHIBITS:
        visit.page.goto(f"{server}/{exhibit.name}")
        expect(visit.page.get_by_role("heading", name=exhibit.title, level=1)).to_be_visible()
        # The last thing on every page, after the component and the chart of its first result.
        expect(visit.page.get_by_test_id("stExpander").filter(has_text="How it works")).to_be_visible()
        expect(visit.page.get_by_test_id("stException")).to_have_count(0)
    visit.assert_quiet(server)


def test_charts_and_components_are_drawn_under_the_policy(visit: Visit, server: str) -> None:
    visit.page.goto(f"{server}/sentiment?text=Good+work")
    expect(visit.page.get_by_test_id("stVegaLiteChart").first.locator("svg, canvas").first).to_be_visible()
    expect(visit.page.locator("textarea").first).to_have_value("Good work")
    visit.page.goto(f"{server}/sound")
    expect(visit.page.get_by_role("button", name="Play").first).to_be_visible()
    visit.assert_quiet(server)


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_of_own_models_are_drawn_as_they_are(
    unprotected: Visit, server: str, data: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("ZOO_DATA", str(data))
    network = StyleNet(n_styles=1, channels=4, n_blocks=1)
    architecture = {"kind": "stylenet", "n_styles": 1, "channels": 4, "n_blocks": 1}
    config = {"exhibit": "style", "title": text, "architecture": architecture}
    card = user_models.save(config, network.state_dict(), FRONT, "# Mine", text)
    unprotected.page.goto(f"{server}/style?style={card.name}")
    settle(unprotected.page)
    drawn = unprotected.page.get_by_test_id("stMain").inner_text().replace("\u2060", "")
    assert text in drawn
    assert unprotected.page.locator("[href*='foreign.test'], [src*='foreign.test']").count() == 0
    unprotected.assert_quiet(server)


def test_columns_and_cells_of_tables_fetch_nothing(unprotected: Visit, server: str) -> None:
    page = unprotected.page
    page.goto(f"{server}/sentiment")
    settle(page)
    page.get_by_role("tab", name="Table").click()
    header = ",".join(f'"{text}"' for text in HOSTILE)
    rows = "\n".join([header, *[header.replace("foreign", "cell")] * 3, "too,few"])
    upload(page, "![x](http://foreign.test/x.png).csv", rows.encode(), place=-1)
    button = page.get_by_role("button", name="Classify the rows")
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_role("button", name="Table with sentiment")).to_be_visible()
    assert page.locator("[href*='.test'], [src*='.test']").count() == 0
    unprotected.assert_quiet(server)


def test_errors_that_quote_an_input_fetch_nothing(unprotected: Visit, server: str) -> None:
    page = unprotected.page
    page.goto(f"{server}/generate?language_model=own/%21%5Bx%5D(http://foreign.test/x.png)")
    settle(page)
    page.goto(f"{server}/style?style=own/%21%5Bx%5D(http://foreign.test/x.png)")
    settle(page)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("![x](")
    assert page.locator("[href*='.test'], [src*='.test']").count() == 0
    unprotected.assert_quiet(server)
