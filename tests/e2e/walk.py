"""A walk through every page: each control is operated once, whatever it is, and none may end in an error page.

The controls come from the page itself, those that appear on the way included. ``make walk`` runs it: it takes minutes.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Locator, Page

from tests.e2e.browser import settle
from tests.e2e.conftest import MISHAPS, Visit
from zoo.exhibits import DASHBOARD, EXHIBITS

PATHS = ["", *(exhibit.name for exhibit in (*EXHIBITS, DASHBOARD))]
MOST = 150  # controls of a page
CONTROLS = (
    '[data-testid="stMain"] :is(button, summary, [role=slider], [role=tab], [role=combobox], [role=textbox], '
    "input, textarea, [role=radio], [role=checkbox], [role=switch]), "
    '[data-testid="stPopoverBody"] :is(button, input, textarea, [role=slider], [role=combobox])'
)
# Of an element: what it is and how it is called, the same as long as it is the same control.
NAME = """e => {
    const label = e.getAttribute('aria-label') || e.innerText || e.placeholder || e.title || e.id
    const key = e.closest('[class*=st-key-]')?.className.match(/st-key-\\\\S+/)?.[0] || ''
    return [e.tagName, e.type || e.role || '', key, label.trim().slice(0, 60)].join(' ')
}"""


def click(page: Page, control: Locator) -> None:
    control.click(timeout=5000)


def move(page: Page, control: Locator) -> None:
    """A slider to its end and one step back."""
    control.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")


def fill(page: Page, control: Locator) -> None:
    control.fill("A tiny robot paints 3 <b>bold</b> cats & dogs 🙂")
    control.press("Tab")


def choose_last(page: Page, control: Locator) -> None:
    control.click(timeout=5000)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def action(kind: str, role: str) -> Callable[[Page, Locator], None]:
    if role == "slider" or kind == "range":
        return move
    if role == "combobox":
        return choose_last
    return fill if kind in ("text", "textarea", "search") else click


def operate(page: Page, control: Locator) -> None:
    kind = str(control.evaluate("e => e.type || e.tagName.toLowerCase()"))
    role = str(control.get_attribute("role") or "")
    action(kind, role)(page, control)


def next_control(page: Page, done: set[str]) -> tuple[str, Locator] | None:
    """The first control that was not operated yet, and its name."""
    for control in page.locator(CONTROLS).all():
        try:
            usable = control.is_visible() and control.is_enabled() and control.get_attribute("type") != "file"
            name = str(control.evaluate(NAME)) if usable else ""
        except Error:
            continue  # drawn anew meanwhile
        if name and name not in done:
            return name, control
    return None


@pytest.mark.parametrize("path", PATHS)
def test_every_control_of_a_page_is_operated_without_an_error(visit: Visit, server: str, path: str) -> None:
    page = visit(f"{server}/{path}", viewport={"width": 1280, "height": 1000})
    done: set[str] = set()
    while (found := next_control(page, done)) and len(done) < MOST:
        name, control = found
        done.add(name)
        print(name)
        try:
            operate(page, control)
        except Error as error:
            if "Timeout" not in str(error) and "detached" not in str(error):
                raise
        settle(page)
        assert page.locator(MISHAPS).count() == 0, name
    assert len(done) > 5
