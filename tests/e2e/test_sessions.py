"""Sessions in the browser: deep links, navigation, own pictures, and two visitors at once."""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.browser import running_app, settle, upload
from tests.e2e.classify import (
    EVERY_MODEL,
    HEAT_MAP,
    MODELS,
    TEXTS,
    chart,
    choose_example,
    classify_over_http,
    expect_best,
    expect_picture,
    heat_map,
    jpeg,
    pill,
    slider,
)
from tests.e2e.conftest import Visit
from zoo.core.errors import InputError
from zoo.core.images import decode_image
from zoo.examples import EXAMPLES, example
from zoo.exhibits import DASHBOARD, EXHIBITS, find_exhibit
from zoo.exhibits.classify.knobs import DEFAULT_MODEL, HeatMapKnobs

# Navigation


@pytest.fixture
def fresh_server() -> Iterator[str]:
    with running_app() as address:
        yield address


def test_deep_link_may_be_the_first_request_of_a_server(fresh_server: str, visit: Visit) -> None:
    page = visit(f"{fresh_server}/classify")
    expect(page.get_by_role("heading", name=find_exhibit("classify").title, level=1)).to_be_visible()
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    titles = ["Home", *(exhibit.title for exhibit in (DASHBOARD, *EXHIBITS))]
    expect(links).to_have_count(len(titles))
    for position, title in enumerate(titles):
        expect(links.nth(position)).to_have_accessible_name(title)
    expect(chart(page, DEFAULT_MODEL)).to_be_visible()


def test_home_leads_to_every_exhibit_and_back(visit: Visit, server: str) -> None:
    page = visit(server)
    for exhibit in EXHIBITS:
        expect(page.get_by_alt_text(exhibit.picture)).to_be_visible()
        page.get_by_test_id("stMain").get_by_role("link", name=exhibit.title).click()
        expect(page.get_by_role("heading", name=exhibit.title, level=1)).to_be_visible()
        expect(page).to_have_url(f"{server}/{exhibit.name}")
        settle(page)
        page.go_back()


def test_walking_through_all_pages(page: Page) -> None:
    """No page is disturbed by the session state or the query parameters of another."""
    choose_example(page, "rocket")
    titles = [exhibit.title for exhibit in (*EXHIBITS, DASHBOARD)]
    for title in [*titles[1:], "Home", *titles[::-1]]:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
        heading = "Try, explain and attack PyTorch models" if title == "Home" else title
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        settle(page)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_link_restores_every_knob_in_the_first_run(visit: Visit, server: str, page: Page) -> None:
    restored = visit(f"{server}/classify?example=coffee&{EVERY_MODEL}&top_k=7&opacity=0")
    for name in (*MODELS, "average"):
        label = chart(restored, name).get_attribute("aria-label")
        assert label
        assert label.count("%") == 7
    expect(slider(restored, HEAT_MAP)).to_have_value("0")
    # The same picture is served under the same address, so that equal addresses mean equal pictures.
    choose_example(page, "coffee")
    under_heat = heat_map(page).get_attribute("src")
    slider(page, HEAT_MAP).press("Home")
    expect(heat_map(page)).not_to_have_attribute("src", under_heat or "")
    assert heat_map(page).get_attribute("src") == heat_map(restored).get_attribute("src")


def test_a_page_has_its_link_again_for_who_comes_back(visit: Visit, server: str) -> None:
    link = f"{server}/classify?example=coffee&top_k=7&opacity=0&model=resnet-18"
    page = visit(link)
    expected = parse_qs(urlsplit(link).query)
    for back in (lambda: page.get_by_role("link", name=find_exhibit("classify").title).first.click(), page.go_back):
        page.get_by_role("link", name=DASHBOARD.title).first.click()
        expect(page.get_by_role("heading", name=DASHBOARD.title, level=1)).to_be_visible()
        settle(page)
        back()
        expect_picture(page, TEXTS["coffee"])
        settle(page)
        assert parse_qs(urlsplit(page.url).query) == expected


def test_invalid_values_in_a_link_do_no_harm(visit: Visit, server: str) -> None:
    page = visit(f"{server}/classify?example=unicorn&model=oracle&top_k=999&opacity=-5&class=nothing&more=1")
    expect_picture(page, EXAMPLES[0].text)
    expect(chart(page, DEFAULT_MODEL)).to_be_visible()
    default = HeatMapKnobs.model_fields["opacity"].default
    expect(slider(page, HEAT_MAP)).to_have_value(str(default))


# Choosing a picture


def test_example_changes_the_answer_and_the_link(page: Page, server: str) -> None:
    expect_picture(page, EXAMPLES[0].text)
    for name in ("coffee", "rocket"):
        choose_example(page, name)
        expect(page).to_have_url(f"{server}/classify?example={name}")
        with Image.open(BytesIO(jpeg(name))) as picture:
            assert picture.size == example(name).size
        expect_best(page, classify_over_http(server, jpeg(name))["answers"][0])
    page.reload()
    expect_picture(page, TEXTS["rocket"])


def test_double_click_on_an_example_is_one_choice(page: Page) -> None:
    page.get_by_role("radio", name="coffee", exact=True).dblclick()
    expect_picture(page, TEXTS["coffee"])
    settle(page)
    expect_picture(page, TEXTS["coffee"])
    choose_example(page, "rocket")


def test_upload_is_upright_and_survives_files_that_cannot_be_decoded(page: Page, server: str) -> None:
    good = jpeg("coffee", rotated=True)
    upload(page, "mine.jpg", good)
    expect_picture(page, "Your picture")
    expect_best(page, classify_over_http(server, good)["answers"][0])
    assert heat_map(page).evaluate("image => image.naturalWidth > image.naturalHeight")
    bad = {
        "notes.jpg": b"This is no picture at all.",
        "empty.jpg": b"",
        "truncated.jpg": good[: len(good) // 3],
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    }
    for name, data in bad.items():
        with pytest.raises(InputError) as refusal:
            decode_image(data)
        upload(page, name, data)
        expect(page.get_by_test_id("stAlert")).to_contain_text(str(refusal.value))
        expect_picture(page, "Your picture")
        expect(chart(page, DEFAULT_MODEL)).to_be_visible()
    rocket = jpeg("rocket")
    upload(page, "another.jpg", rocket)
    expect(page.get_by_text(str(refusal.value))).to_have_count(0)
    expect_best(page, classify_over_http(server, rocket)["answers"][0])


def test_own_picture_comes_back_after_an_example(page: Page) -> None:
    upload(page, "mine.jpg", jpeg("coffee"))
    expect_picture(page, "Your picture")
    choose_example(page, "rocket")
    settle(page)
    page.get_by_role("radio", name="rocket", exact=True).click()
    expect_picture(page, "Your picture")


def test_camera_takes_a_picture(page: Page) -> None:
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("document.querySelector('[data-testid=stCameraInput] video')?.videoWidth > 0")
    page.get_by_role("button", name="Take Photo").click()
    expect_picture(page, "The camera's picture")


def test_two_visitors_do_not_disturb_each_other(visit: Visit, server: str) -> None:
    one, other = visit(f"{server}/classify?example=coffee"), visit(f"{server}/classify?example=rocket")
    upload(one, "mine.jpg", jpeg("flower"))
    expect_picture(one, "Your picture")
    expect_picture(other, TEXTS["rocket"])
    choose_example(other, "china")
    pill(one, MODELS[-1]).click()
    expect(chart(one, "average")).to_be_visible()
    expect_picture(one, "Your picture")
    expect_picture(other, TEXTS["china"])
    expect(chart(other, "average")).to_have_count(0)
