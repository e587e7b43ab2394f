"""The page Inside in a browser: a layer, a map, a position, the tour's links, and the trace as a file."""

import gzip
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pages.components.inside_tour import STOPS
from tests.e2e.browser import settle
from tests.e2e.conftest import Visit

SMALL = "cifar10-resnet-robust"
OUTPUT = re.compile(r"The network.s own output there: (-?[\d.e-]+)")


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/inside?model={SMALL}")


def tree(page: Page) -> Locator:
    return page.get_by_role("table", name=f"Layers of {SMALL}")


def told_output(page: Page) -> str:
    found = OUTPUT.search(page.get_by_text("The network's own output there").inner_text())
    assert found
    return found[1]


def test_a_layer_is_chosen_in_the_tree_and_a_map_in_the_grid(page: Page) -> None:
    row = tree(page).get_by_role("row").filter(has=page.get_by_title("network.residual: ModuleList", exact=True))
    row.get_by_role("button", name="Layers in network.residual").click()
    opened = tree(page).get_by_role("button", name="Layers in network.residual.0")
    opened.click()
    tree(page).get_by_title("network.residual.0.conv: Conv2d").click()
    expect(page.get_by_text("network.residual.0.conv").nth(0)).to_be_visible()
    expect(page).to_have_url(re.compile("layer=network.residual.0.conv"))
    maps = page.get_by_role("group", name="Feature maps, the strongest first")
    expect(maps.get_by_role("button", pressed=True)).to_have_count(1)
    third = maps.get_by_role("button").nth(2)
    number = (third.get_attribute("aria-label") or "").split(":")[0].removeprefix("Unit ")
    third.click()
    expect(page.get_by_text(f"The strongest patches of unit {number}")).to_be_visible()
    expect(maps.get_by_role("button", pressed=True)).to_have_accessible_name(re.compile(f"^Unit {number}:"))
    expect(page.get_by_role("img", name=re.compile("^Patch of "))).to_have_count(9)


def test_the_position_is_moved_on_the_map_and_the_sum_is_the_networks_output(visit: Visit, server: str) -> None:
    page = visit(f"{server}/inside?model={SMALL}&view=Arithmetic&unit=2")
    before = told_output(page)
    output = page.get_by_role("application", name=re.compile("^Output: unit 2"))
    output.click(position={"x": 12, "y": 12})
    expect(page.get_by_text("The network's own output there")).not_to_contain_text(before)
    settle(page)
    after = told_output(page)
    computed = page.get_by_text(re.compile(r"^bias .* = ")).inner_text().split("=")[1].split()[0]
    assert float(computed) == pytest.approx(float(after), rel=1e-3, abs=1e-4)
    output.focus()
    output.press("ArrowDown")
    expect(page.get_by_text("The network's own output there")).not_to_contain_text(after)
    page.get_by_role("button", name="Slide").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Slide")).to_be_visible()


def test_the_tour_is_links_that_can_be_passed_on(visit: Visit, server: str) -> None:
    page = visit(f"{server}/inside")
    page.get_by_role("button", name="Guided tour").click()
    page.get_by_role("button", name=f"2 {STOPS[1].title}").click()
    expect(page.get_by_text(f"2 of 5: {STOPS[1].title}")).to_be_visible()
    expect(page).to_have_url(re.compile(r"tour=2"))
    other = visit(page.url)
    expect(other.get_by_text(f"2 of 5: {STOPS[1].title}")).to_be_visible()
    layer = str(STOPS[1].state["layer"])
    expect(other.get_by_text(layer, exact=True).first).to_be_visible()
    other.get_by_role("button", name=f"Next: {STOPS[2].title}").click()
    expect(other.get_by_role("img", name="Flame graph of one prediction by mobilenet-v2")).to_be_visible()
    expect(other).to_have_url(re.compile(r"tour=3"))


def test_a_span_is_enlarged_and_the_trace_is_downloaded(visit: Visit, server: str, tmp_path: Path) -> None:
    page = visit(f"{server}/inside?model={SMALL}&view=Flame+graph")
    graph = page.get_by_role("img", name=f"Flame graph of one prediction by {SMALL}")
    whole = page.get_by_role("button", name="Whole prediction")
    expect(whole).to_be_disabled()
    graph.locator("rect.layer").filter(has_text=re.compile("^network.residual.0:")).first.click()
    expect(whole).to_be_enabled()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^network.residual.0: [\d.]+ ms"))).to_be_visible()
    whole.click()
    expect(whole).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("button", name="Chrome trace").click()
    path = tmp_path / "trace.json.gz"
    download.value.save_as(path)
    events = json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]
    assert any(event.get("name") == "layer: network.residual.0" for event in events)


def test_a_training_step_is_measured(visit: Visit, server: str) -> None:
    page = visit(f"{server}/inside?model={SMALL}&view=Training+memory&batch=2")
    page.get_by_role("button", name="Measure a training step").click()
    expect(page.get_by_text(re.compile(r"Checkpointing keeps \d+% less"))).to_be_visible()
    expect(page.get_by_text("Largest difference of a gradient")).to_be_visible()
