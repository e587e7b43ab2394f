"""Digits in a browser: drawn by mouse, finger and keyboard, undone, and trained step by step."""

import json
import re
from itertools import pairwise

import numpy as np
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.exhibits.digits.drawing import DRAWINGS, ink_of_strokes
from zoo.exhibits.digits.predict import centred_ink, probabilities

SEVEN = [(0.3, 0.24), (0.72, 0.22), (0.58, 0.5), (0.44, 0.82)]


def ready(page: Page) -> None:
    """Until the networks run in the browser: an answer to the empty canvas is there."""
    expect(page.locator(".board")).to_have_attribute("data-values", re.compile(r"\["))


def corner(page: Page) -> tuple[float, float, float]:
    box = page.locator(".board .drawing canvas").bounding_box()
    assert box
    return box["x"], box["y"], box["width"]


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    left, top, side = corner(page)
    for number, (x, y) in enumerate(points):
        page.mouse.move(left + x * side, top + y * side, steps=6)
        if not number:
            page.mouse.down()
    page.mouse.up()


def test_the_answer_moves_with_the_mouse_and_goes_back_with_undo(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits")
    ready(page)
    draw(page, SEVEN)
    headline = page.locator(".headline")
    expect(headline).to_have_text(re.compile(r"^7, \d+%$"))
    expect(page.locator(".board .time")).to_contain_text("in your browser")
    expect(page.get_by_text("Integrated gradients").first).to_be_visible()
    draw(page, [(0.1, 0.1), (0.9, 0.9), (0.1, 0.8), (0.9, 0.15), (0.5, 0.95), (0.2, 0.3)])
    expect(headline).to_have_text(re.compile("^Not a digit, [0-9]+%$"))
    page.get_by_role("button", name="Undo").click()
    expect(headline).to_have_text(re.compile(r"^7, \d+%$"))
    page.get_by_role("button", name="Clear").click()
    expect(headline).to_have_text("Draw a digit")
    settle(page)


def test_the_browser_computes_what_the_server_does(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits?drawing=3")
    ready(page)
    expect(page.locator(".headline")).to_have_text(re.compile("^3, "))
    values = np.array(json.loads(page.locator(".board").get_attribute("data-values") or "[]"))
    centred = centred_ink(ink_of_strokes(DRAWINGS["3"]))
    np.testing.assert_allclose(values[:784], centred[0, 0].flatten().numpy(), atol=1e-3)
    wanted = np.concatenate([probabilities(name, centred)[0] for name in ("digit-cnn", "digit-mlp")])
    np.testing.assert_allclose(values[784:], wanted, atol=1e-3)


def test_the_server_answers_where_it_is_asked_to(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits?server=true")
    draw(page, SEVEN)
    expect(page.locator(".headline")).to_have_text(re.compile(r"^7, \d+%$"))
    expect(page.locator(".board .time")).to_contain_text("on the server")


def test_a_finger_draws(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits", viewport={"width": 420, "height": 900}, has_touch=True)
    ready(page)
    left, top, side = corner(page)
    session = page.context.new_cdp_session(page)
    places = [
        {"x": left + side * (x0 + (x1 - x0) * part / 6), "y": top + side * (y0 + (y1 - y0) * part / 6)}
        for (x0, y0), (x1, y1) in pairwise(SEVEN)
        for part in range(7)
    ]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".headline")).to_have_text(re.compile(r"^7, \d+%$"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_the_keyboard_draws_and_undoes(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits")
    ready(page)
    page.locator(".board .drawing canvas").focus()
    page.keyboard.press("Space")
    for _ in range(25):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(".headline")).to_have_text(re.compile("^1, "))
    page.keyboard.press("Backspace")
    expect(page.locator(".headline")).to_have_text("Draw a digit")


def test_a_network_is_stepped_played_and_asked(visit: Visit, server: str) -> None:
    page = visit(f"{server}/digits?part=Train+it+live&student-width=16")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.get_by_text("1 of 2,000 steps")).to_be_visible()
    page.get_by_role("radio", name="Play").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d\d of 2,000 steps"))).to_be_visible()
    page.get_by_role("radio", name="Pause").click()
    for view in ("Decision map", "Loss surface", "First-layer weights"):
        page.get_by_role("radio", name=view).click()
        settle(page)
    page.get_by_role("button", name="Restart").click()
    expect(page.get_by_text("0 of 2,000 steps", exact=True)).to_be_visible()
