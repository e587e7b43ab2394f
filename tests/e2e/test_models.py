"""The Models page in a browser: filters, measuring, comparison, layers, choice, family and the live runtime."""

from playwright.sync_api import expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit


def test_models_are_found_measured_compared_and_unloaded(visit: Visit, server: str) -> None:
    page = visit(f"{server}/models?tasks=sentiment")
    expect(page.get_by_text("1 model. Select two")).to_be_visible()
    page.get_by_role("button", name="Measure all 1").click()
    expect(page.get_by_text("Measured: tweet-lstm.")).to_be_visible()
    expect(page.get_by_text("Measured on ").first).to_be_visible()

    page.get_by_role("radio", name="One model").click()
    settle(page)
    page.get_by_text("Layers", exact=True).click()
    settle(page)
    expect(page.locator(".layers summary").first).to_be_visible()

    page.get_by_role("radio", name="Papers and family").click()
    settle(page)
    expect(page.locator("[data-testid=stGraphVizChart] svg")).to_be_visible()

    page.get_by_role("radio", name="Runtime").click()
    settle(page)
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("cifar10-resnet · ")).to_be_visible()
    page.locator(".st-key-unload-cifar10-resnet button").click()  # others may be in memory from before
    expect(page.get_by_text("cifar10-resnet · ")).to_have_count(0)


def test_a_link_leads_to_the_exhibit_with_the_models_chosen(visit: Visit, server: str) -> None:
    page = visit(f"{server}/models?compare=mobilenet-v2&compare=resnet-18")
    page.get_by_role("link", name="Classify pictures").last.click()
    settle(page)
    expect(page.get_by_role("heading", name="Classify pictures", level=1)).to_be_visible()
    assert page.url.count("model=") == 2
