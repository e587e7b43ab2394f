"""Draw the documentation's pictures and those of the home page from the running app: ``make screenshots``."""

import io

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e import miniatures, train_pictures
from tests.e2e.browser import PATIENCE, ROOT, chromium, running_app, settle
from zoo.exhibits import DASHBOARD, EXHIBITS

DOCS = ROOT / "docs" / "images"
# What is on a page besides its defaults.
LINKS = {"classify": "?model=mobilenet-v2&model=resnet-18", "sound": "?example=siren"}
OPTIMISED_STYLE = "style?method=Optimised+%28Gatys%29&size=384&steps=160"
SIZES = {"": (1280, 1100, "light"), "-dark": (1280, 1100, "dark"), "-narrow": (420, 1600, "light")}


def opened(browser: Browser, url: str, width: int, height: int, scheme: str = "light") -> Page:
    """The page as a visitor sees it once it has come to rest, or has painted."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(url)
    settle(page)
    if url.endswith(OPTIMISED_STYLE):
        page.get_by_role("button", name="Optimise", exact=True).click()
        page.get_by_role("button", name="Picture as PNG").wait_for()
        settle(page)
    if url.endswith("/train"):
        page.get_by_role("button", name="Begin with an example").click()
        page.get_by_text("78 pictures added").wait_for()
        settle(page)
    page.wait_for_timeout(1500)
    return page


def picture(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    paths = {
        "home": "",
        **{exhibit.name: f"{exhibit.name}{LINKS.get(exhibit.name, '')}" for exhibit in (*EXHIBITS, DASHBOARD)},
        "style-optimised": OPTIMISED_STYLE,
    }
    with running_app() as address, chromium() as browser:
        miniatures.draw(browser)
        train_pictures.draw(browser, address)
        for name, path in paths.items():
            for suffix, (width, height, scheme) in SIZES.items():
                page = opened(browser, f"{address}/{path}", width, height, scheme)
                picture(page).save(DOCS / f"{name}{suffix}.webp", quality=80)
                page.close()
                print(f"docs/images/{name}{suffix}.webp")


if __name__ == "__main__":
    main()
