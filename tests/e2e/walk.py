"""A walk through every page: each control is operated once, whatever it is, and none may end in an error page.

The controls come from the page itself, those that appear on the way included: in tabs, expanders, popovers and the
other views of a page. Jobs are started and cancelled. What was operated is printed. ``make walk`` runs it: it takes
minutes. Left out are uploads, which the tests of each page make, and what Streamlit adds of its own: the toolbars of
charts and tables, and the question marks with a hint.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from playwright.sync_api import Error, Locator, Page

from tests.e2e.browser import settle
from tests.e2e.conftest import MISHAPS, Visit
from zoo.exhibits import DASHBOARD, EXHIBITS

PATHS = ["", *(exhibit.name for exhibit in (*EXHIBITS, DASHBOARD))]
MOST = 250  # operations on a page, so that the walk ends
TRIES = 2  # of a control that is covered, or drawn anew at this moment
BODY = '[data-testid="stPopoverBody"]'
CONTROLS = (
    f':is([data-testid="stMain"], {BODY}) :is(button, summary, input:not([type=file]), textarea, '
    "[role=slider], [role=tab], [role=radio])"
)
# Of each element that can be operated: its place, what it is, its name, the same as long as it is the same control,
# and in which order it comes: what covers others first, and what takes the place of others last.
DESCRIBE = r"""elements => elements.flatMap((e, place) => {
    const root = e.getRootNode()
    const around = root.host ?? e
    const shape = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') ?? e : e
    const added = '[data-testid=stElementToolbar], [data-testid=stTooltipIcon], [data-testid=stDataFrame]'
    if (around.closest(added) || e.matches('button:is([aria-label=Open], [aria-label^=Help])')) return []
    const off = e.disabled || e.getAttribute('aria-disabled') === 'true' || !shape.checkVisibility()
    if (off || !shape.getBoundingClientRect().width) return []
    const role = e.getAttribute('role') || ''
    const kind = role || (e.matches('input, textarea') ? e.type : e.tagName.toLowerCase())
    const copy = shape.cloneNode(true)
    copy.querySelectorAll('[data-testid=stIconMaterial]').forEach(icon => icon.remove())
    const text = e.getAttribute('aria-label') || copy.textContent || e.placeholder || e.title || e.id
    const label = text.replace(/\d+/g, '#')
    const key = around.closest('[class*=st-key-]')?.className.match(/st-key-\S+/)?.[0] || ''
    const order = around.closest('[data-testid=stPopoverBody]') ? 0
        : ['radio', 'tab'].includes(kind) ? 3 : kind === 'summary' ? 2 : 1
    const opens = around.closest('[data-testid=stPopover]') !== null
    const name = [kind, key.replace(/\d+/g, '#'), label.trim().replace(/\s+/g, ' ').slice(0, 60)].join(' | ')
    return [[order, place, kind, name, opens]]
})"""


class Control(NamedTuple):
    """An element, as DESCRIBE tells it. They sort in the order in which they are operated."""

    order: int
    place: int
    kind: str
    name: str
    opens: bool  # a popover

    @property
    def inside(self) -> bool:
        """Whether it is in an open popover."""
        return self.order == 0


def click(page: Page, control: Locator) -> None:
    """Some buttons come into view only when the mouse is over what they belong to."""
    around = control.locator("xpath=ancestor::*[@data-testid='stElementContainer'][1]")
    if around.count() and around.is_visible():
        around.hover(timeout=4000, force=True)
    control.click(timeout=4000)


def leave_open(page: Page, control: Locator) -> None:
    """An expander; one that was open is closed and opened again."""
    control.click(timeout=4000)
    page.wait_for_timeout(600)  # it closes gradually
    if control.locator("xpath=..").get_attribute("open") is None:
        control.click(timeout=4000)


def click_label(page: Page, control: Locator) -> None:
    """The field itself is hidden behind what is drawn for it."""
    label = control.locator("xpath=ancestor::label[1]")
    (label if label.count() else control).click(timeout=4000)


def move(page: Page, control: Locator) -> None:
    """A slider to its end and one step back."""
    control.focus(timeout=4000)
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")


def step(page: Page, control: Locator) -> None:
    control.focus(timeout=4000)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")


def fill(page: Page, control: Locator) -> None:
    control.fill("A tiny robot paints 3 <b>bold</b> cats & dogs 🙂", timeout=4000)
    control.press("Tab")


def choose_next(page: Page, control: Locator) -> None:
    control.click(timeout=4000)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")


ACTIONS: dict[str, Callable[[Page, Locator], None]] = {
    "slider": move,
    "range": move,
    "number": step,
    "spinbutton": step,
    "combobox": choose_next,
    "summary": leave_open,
    "checkbox": click_label,
    "radio": click_label,
    "switch": click_label,
    **dict.fromkeys(("text", "textarea", "search", "textbox", "searchbox"), fill),
}


def controls(page: Page) -> list[Control]:
    return sorted(Control(*values) for values in page.locator(CONTROLS).evaluate_all(DESCRIBE))


def operate(page: Page, control: Control) -> str:
    """Operate it and wait; why it could not be operated, where it could not."""
    try:
        ACTIONS.get(control.kind, click)(page, page.locator(CONTROLS).nth(control.place))
        settle(page)
        if control.opens and not control.inside and not page.locator(BODY).count():
            click(page, page.locator(CONTROLS).nth(control.place))  # the first click closed another popover
            settle(page)
    except Error as error:
        return str(error).splitlines()[0]
    return ""


def next_control(now: Sequence[Control], done: set[str], popover: str) -> Control | None:
    """What was not operated yet; first of all in ``popover``, the last that was opened, which may have closed again."""
    left = [control for control in now if control.name not in done]
    if popover and not any(control.inside for control in now):
        return next((control for control in now if control.name == popover), left[0] if left else None)
    return left[0] if left else None


def open_popover(page: Page, last: Control, done: set[str], popover: str) -> str:
    """The button of the popover in which there are controls left, after ``last`` was operated; it closes the others."""
    popover = last.name if last.opens and not last.inside else popover
    inside = [control for control in controls(page) if control.inside]
    if all(control.name in done for control in inside) and (inside or last.name == popover):
        page.keyboard.press("Escape")
        return ""
    return popover


@pytest.mark.parametrize("path", PATHS)
def test_every_control_of_a_page_is_operated_without_an_error(visit: Visit, server: str, path: str) -> None:
    page = visit(f"{server}/{path}", viewport={"width": 1280, "height": 1000})
    page.on("download", lambda download: print("    downloaded", download.suggested_filename))
    done: set[str] = set()
    failures: dict[str, list[str]] = {}
    popover = ""  # the button of the one whose controls are being operated
    for _ in range(MOST):
        control = next_control(controls(page), done, popover)
        if control is None:
            break
        print(control.name, flush=True)
        failure = operate(page, control)
        if failure:
            failures.setdefault(control.name, []).append(failure)
            print("    ", failure)
        if not failure or len(failures[control.name]) == TRIES:
            done.add(control.name)
        popover = open_popover(page, control, done, popover)
        assert page.locator(MISHAPS).count() == 0, control.name
    else:
        pytest.fail(f"more than {MOST} operations")
    missed = {name: reasons for name, reasons in failures.items() if len(reasons) == TRIES}
    print(f"{len(done)} operated, {len(missed)} not: {missed}")
    assert not missed
