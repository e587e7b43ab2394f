"""What visitors do with an answer: ask others, look closer, take it away."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import PATIENCE, settle, upload
from tests.e2e.classify import (
    HEAT_MAP,
    MODELS,
    TEXTS,
    ask,
    expect_picture,
    jpeg,
    open_link,
    pill,
    said,
    seen,
    slider,
    take,
)
from tests.e2e.conftest import Visit
from zoo.examples import EXAMPLES
from zoo.exhibits.classify.knobs import DEFAULT_MODEL

# Asking models


def test_several_models_are_averaged_and_none_means_the_default(page: Page) -> None:
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
            expect(said(page, name)).to_be_visible()
    expect(said(page, "average")).to_be_visible()
    for name in MODELS:
        pill(page, name).click()
    expect(said(page, "average")).to_have_count(0)
    expect(page.locator("[aria-label^='Bar chart of ']")).to_have_count(1)
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    settle(page)
    page.reload()
    expect(said(page, DEFAULT_MODEL)).to_be_visible()


def test_official_weights_without_a_network_leave_the_answer_standing(page: Page) -> None:
    choose_official(page, "mnasnet0_5")
    shelf = page.get_by_test_id("stPopoverBody")
    expect(shelf.get_by_test_id("stAlert")).to_contain_text("could not be downloaded")
    expect(said(page, DEFAULT_MODEL)).to_be_visible()


def test_official_weights_once_fetched_are_asked(page: Page, weights_home: Path) -> None:
    import torch
    from torchvision import models

    # In place of a download, a file of random weights where a download would have left it.
    folder = weights_home / "hub" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    url = models.SqueezeNet1_1_Weights.DEFAULT.url
    torch.save(models.squeezenet1_1(weights=None).state_dict(), folder / url.rpartition("/")[2])
    choose_official(page, "squeezenet1_1")
    expect(said(page, "torchvision/squeezenet1_1")).to_be_visible()
    expect(said(page, DEFAULT_MODEL)).to_be_visible()
    expect(said(page, "average")).to_be_visible()


def choose_official(page: Page, name: str) -> None:
    page.get_by_role("button", name="Official models").click()
    page.get_by_role("combobox", name="Model").fill(name)
    page.get_by_role("option", name=f"torchvision/{name}", exact=True).click()
    page.get_by_role("button", name=re.compile("^Download .* and use it$")).click()


# Looking closer


def test_slider_blends_again_without_asking_a_model(page: Page, server: str) -> None:
    def predictions() -> int:
        return int(httpx2.get(f"{server}/api/v1/figures", timeout=PATIENCE).json()["predictions"])

    expect(seen(page)).to_be_visible()
    before, picture = predictions(), seen(page).get_attribute("src")
    slider(page, HEAT_MAP).press("ArrowRight")
    expect(page).to_have_url(re.compile(r"opacity=56"))
    expect(seen(page)).not_to_have_attribute("src", picture or "")
    assert predictions() == before > 0


def test_heat_map_of_another_class(page: Page) -> None:
    classes = page.get_by_role("radiogroup", name="What speaks for").get_by_role("radio")
    other = classes.nth(1).inner_text()
    classes.nth(1).click()
    expect(seen(page)).to_have_attribute("alt", f"{EXAMPLES[0].text}; what speaks for {other} glows")
    take(page, "rocket")  # which has other classes
    best = classes.first.inner_text()
    expect(seen(page)).to_have_attribute("alt", f"{TEXTS['rocket']}; what speaks for {best} glows")
    assert best != other


# Taking away


def test_link_opens_the_page_as_it_is(visit: Visit, page: Page, server: str) -> None:
    take(page, "coffee")
    for name in MODELS:
        if name != DEFAULT_MODEL:
            pill(page, name).click()
    expect(said(page, "average")).to_be_visible()
    slider(page, HEAT_MAP).press("End")
    expect(page).to_have_url(re.compile(r"opacity=100"))
    link = open_link(page)
    assert parse_qs(urlsplit(link).query) == parse_qs(urlsplit(page.url).query)
    assert link.startswith(f"{server}/classify?")
    copy = visit(link)
    expect_picture(copy, TEXTS["coffee"])
    for name in (*MODELS, "average"):
        expect(said(copy, name)).to_be_visible()
    expect(slider(copy, HEAT_MAP)).to_have_value("100")


def test_downloads_are_what_is_on_screen(page: Page, server: str) -> None:
    data = jpeg("flower", turn=True)
    upload(page, "mine.jpg", data)
    expect_picture(page, "Your picture")
    with page.expect_download() as answers:
        page.get_by_role("button", name="Answers as JSON").click()
    saved, asked = json.loads(Path(answers.value.path()).read_text()), ask(server, data)
    for result in (saved, asked):
        for answer in result["answers"]:
            assert answer.pop("milliseconds") > 0
    assert saved == asked
    with page.expect_download() as picture:
        page.get_by_role("button", name="Picture with heat map").click()
    with Image.open(picture.value.path()) as image:
        image.load()
        assert image.format == "PNG"
        assert image.size == tuple(seen(page).evaluate("image => [image.naturalWidth, image.naturalHeight]"))
    assert picture.value.suggested_filename.endswith(".png")


def test_answer_is_explained_in_five_ways(page: Page) -> None:
    settle(page)
    page.get_by_text("Explained in five ways").click()
    page.get_by_role("button", name="Ask five explanations").click()
    for method in ("Saliency", "SmoothGrad", "Integrated gradients", "Occlusion", "Grad-CAM"):
        expect(page.get_by_alt_text(f"{method} for ")).to_be_visible()
