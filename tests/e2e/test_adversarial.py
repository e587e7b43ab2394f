"""Adversarial in a browser: epsilon, the adversarial picture's file, and the operations behind the tabs."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle, upload
from tests.e2e.conftest import Visit
from zoo.core.images import decode_image
from zoo.core.steps import run_to_completion
from zoo.examples import example
from zoo.exhibits.adversarial import AttackKnobs, EpsilonCurveKnobs, attack, epsilon_curve

FGSM = "example=coffee&method=fgsm&target=any+other+class"


@pytest.fixture
def page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/adversarial?{FGSM}&epsilon=0")


def test_larger_epsilon_changes_the_prediction_and_the_downloaded_picture_fools_too(page: Page, tmp_path: Path) -> None:
    expected = attack(example("coffee"), AttackKnobs(epsilon=2))
    label = expected.after.predictions[0].label
    expect(
        page.get_by_text(f"Not fooled: the prediction is still {expected.before.predictions[0].label}.")
    ).to_be_visible()
    slider = page.get_by_role("slider", name="Epsilon")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(page.get_by_text(expected.summary)).to_be_visible()
    expect(page.locator(f"[aria-label^='Adversarial: Bar chart of mobilenet-v2: {label} ']")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Adversarial picture").click()
    download.value.save_as(tmp_path / "adversarial.png")
    downloaded = (tmp_path / "adversarial.png").read_bytes()
    assert attack(decode_image(downloaded), AttackKnobs(epsilon=0)).before.predictions[0].label == label
    upload(page, "adversarial.png", downloaded)
    expect(page.get_by_alt_text(f"The original picture, predicted as {label}")).to_be_visible()


def test_curve_matrix_and_defences_are_drawn(page: Page) -> None:
    curve = run_to_completion(epsilon_curve(example("coffee"), EpsilonCurveKnobs()))
    page.get_by_role("button", name="Compute the curve").click()
    if curve.smallest_epsilon is None:
        expect(page.get_by_text("FGSM does not fool it, even at 32/255.")).to_be_visible()
    else:
        expect(page.get_by_text(re.compile(r"Fooled from epsilon \d"))).to_be_visible()
    expect(page.locator(f"[aria-label^='Probability of {curve.original} against epsilon']")).to_be_visible()
    page.get_by_role("tab", name="Transfer").click()
    page.get_by_role("button", name="Test it on other models").click()
    matrix = page.locator("[aria-label*='mobilenet-v2 is not fooled by the attack on mobilenet-v2']").first
    expect(matrix).to_be_visible()
    page.get_by_role("tab", name="Defences").click()
    expect(page.get_by_role("slider", name="Bits a channel")).to_be_visible()
    accuracies = page.locator("[aria-label^='Accuracy with and without adversarial training: cifar10-resnet: ']")
    expect(accuracies).to_be_visible()


def test_both_pictures_are_explained(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?model=cifar10-resnet&example=ship")  # of few pixels: a fast model
    page.get_by_role("tab", name="Explanations").click()
    page.get_by_role("button", name="Explain both").click()
    expect(page.get_by_alt_text("Grad-CAM for ship")).to_have_count(2)


@pytest.mark.trained_weights
def test_surrogate_fools_without_gradients(visit: Visit, server: str, tmp_path: Path) -> None:
    page = visit(f"{server}/adversarial?example=chelsea&model=resnet-18&epsilon=16&target=any+other+class")
    page.get_by_role("tab", name="Surrogate").click()
    page.get_by_role("button", name="Attack without gradients").click()
    expect(page.get_by_text(re.compile(r"^Fooled after \d+ quer"))).to_be_visible()
    expect(page.locator("[aria-label^='Margin by queries']")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Black-box picture").click()
    download.value.save_as(tmp_path / "downloaded.png")
    downloaded = decode_image((tmp_path / "downloaded.png").read_bytes())
    knobs = AttackKnobs(model="resnet-18", epsilon=0)
    original, adversarial = (attack(picture, knobs).before for picture in (example("chelsea"), downloaded))
    assert original.predictions[0].label != adversarial.predictions[0].label


def test_link_restores_an_attack_towards_a_class(visit: Visit, server: str) -> None:
    expected = attack(example("coffee"), AttackKnobs(method="iterated", target="tabby"))
    page = visit(f"{server}/adversarial?example=coffee&method=iterated&target=tabby&epsilon=2")
    expect(page.get_by_text(expected.summary)).to_be_visible()
    expect(page.get_by_text(re.compile("iterated FGSM, towards tabby"))).to_be_visible()
    page.get_by_text("Steps", exact=True).first.click()
    expect(page.get_by_role("slider", name="Steps")).to_be_visible()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_test_id("stPopoverBody").locator("code")).to_contain_text("target=tabby")


def test_the_divider_moves_by_keyboard_and_the_left_picture_is_a_choice(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?model=cifar10-resnet&example=ship")
    divider = page.get_by_role("slider", name="Divider between Original and Adversarial")
    divider.focus()
    before = page.get_by_alt_text("The original picture, predicted as ship")
    assert before.evaluate("image => image.style.clipPath").endswith("50% 0px 0px)")
    divider.press("End")
    assert divider.input_value() == "100"
    page.get_by_role("radio", name="Original", exact=True).press("ArrowRight")
    expect(page.get_by_alt_text("The perturbation, as colours around grey")).to_be_visible()
    expect(page.get_by_role("radio", name="Perturbation")).to_be_focused()
    page.get_by_role("slider", name="Epsilon").press("ArrowRight")
    settle(page)
    expect(page.get_by_alt_text("The perturbation, as colours around grey")).to_be_visible()
    assert page.get_by_role("slider", name="Divider between").input_value() == "100"


def test_every_tab_is_within_a_phone(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?model=cifar10-resnet", viewport={"width": 420, "height": 900})
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_count(5)
    for place in range(5):
        box = tabs.nth(place).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 420
    tabs.nth(4).click()
    expect(page.get_by_role("button", name="Explain both")).to_be_visible()


def test_the_pictures_follow_the_model_and_the_picture_follows_the_visitor(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?model=cifar10-resnet&example=horse")
    expect(page.locator(".st-key-example").get_by_text("truck")).to_be_attached()
    expect(page.get_by_alt_text("The original picture, predicted as horse")).to_be_visible()
    page = visit(f"{server}/adversarial?example=rocket&{FGSM.partition('&')[2]}")
    page.get_by_role("link", name="Classify this picture").click()
    expect(page.get_by_alt_text("A rocket on its launch pad at night, under a heat map")).to_be_visible()
    page.get_by_role("link", name="Attack this picture").click()
    expect(page.get_by_alt_text("The original picture, predicted as missile")).to_be_visible()
    settle(page)


def test_an_answer_is_pinned_beside_a_later_one(visit: Visit, server: str) -> None:
    page = visit(f"{server}/adversarial?model=cifar10-resnet&example=ship&epsilon=0")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned answer")).to_be_visible()
    page.get_by_role("slider", name="Epsilon").press("End")
    expect(page.get_by_text("epsilon: 0.0 → 32.0")).to_be_visible()
