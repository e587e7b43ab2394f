"""What visitors do to a network: move epsilon until it is fooled, take the picture, ask how and why."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.core.images import decode_image
from zoo.examples import example
from zoo.exhibits.adversarial import AttackKnobs, attack


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/adversarial?example=coffee&epsilon=0")


def bars(page: Page, label: str) -> None:
    expect(page.locator(f"[aria-label^='Bar chart of mobilenet-v2: {label} ']").last).to_be_visible()


def test_dragging_epsilon_flips_the_answer_and_the_picture_taken_home_fools_too(page: Page, tmp_path: Path) -> None:
    expect(page.get_by_text("Not fooled: it still sees espresso.")).to_be_visible()
    slider = page.get_by_role("slider", name="Epsilon")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(page.get_by_text(re.compile("^Fooled: no channel moved by more than 2/255"))).to_be_visible()
    bars(page, "consomme")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Attacked picture").click()
    download.value.save_as(tmp_path / "attacked.png")
    taken = decode_image((tmp_path / "attacked.png").read_bytes())
    assert attack(taken, AttackKnobs(epsilon=0)).outcome.before.predictions[0].label == "consomme"
    upload(page, "attacked.png", (tmp_path / "attacked.png").read_bytes())
    expect(page.get_by_alt_text("which the model calls consomme").first).to_be_visible()


def test_curve_matrix_and_explanations_are_drawn(page: Page) -> None:
    page.get_by_role("button", name="Draw the curve").click()
    expect(page.get_by_text(re.compile(r"Fooled from epsilon \d"))).to_be_visible()
    expect(page.locator("[aria-label^='Probability of espresso against epsilon']")).to_be_visible()
    page.get_by_role("tab", name="Other models").click()
    page.get_by_role("button", name="Try it on the others").click()
    expect(
        page.locator("[aria-label*='mobilenet-v2 is not fooled by the attack on mobilenet-v2']").first
    ).to_be_visible()
    page.get_by_role("tab", name="Defences").click()
    expect(page.get_by_role("slider", name="Bits a channel")).to_be_visible()
    expect(page.locator("[aria-label^='What training under attack buys: cifar10-resnet: ']")).to_be_visible()
    page.get_by_role("tab", name="What it looked at").click()
    page.get_by_role("button", name="Ask five explanations").click()
    expect(page.get_by_alt_text("Grad-CAM for espresso")).to_have_count(2)


def test_network_is_fooled_by_its_own_answers_alone(visit: Visit, server: str, tmp_path: Path) -> None:
    page = visit(f"{server}/adversarial?example=chelsea&model=resnet-18&epsilon=16")
    page.get_by_role("tab", name="Without its weights").click()
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_text(re.compile(r"^Fooled after \d+ questions"))).to_be_visible()
    expect(page.locator("[aria-label^='Lead by questions asked']")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Its picture").click()
    download.value.save_as(tmp_path / "taken.png")
    taken = decode_image((tmp_path / "taken.png").read_bytes())
    knobs = AttackKnobs(model="resnet-18", epsilon=0)
    clean, after = (attack(each, knobs).outcome.before for each in (example("chelsea"), taken))
    assert clean.predictions[0].label != after.predictions[0].label


def test_link_restores_an_attack_towards_a_class(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?example=coffee&method=iterated&target=tabby&epsilon=2")
    expect(page.get_by_text(re.compile("and it sees tabby"))).to_be_visible()
    expect(page.get_by_role("slider", name="Steps")).to_be_visible()
    wanted = attack(example("coffee"), AttackKnobs(method="iterated", target="tabby")).outcome
    assert wanted.fooled
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_test_id("stPopoverBody").locator("code")).to_contain_text("target=tabby")
