"""Draw the documentation's pictures from the running app: ``make screenshots``."""

import io

from PIL import Image
from playwright.sync_api import Browser

from tests.e2e.browser import ROOT, chromium, running_app, settle

DOCS = ROOT / "docs"
HOME_PICTURE = ROOT / "assets" / "examples" / "classify.webp"


def draw(browser: Browser, url: str, width: int, height: int, scheme: str) -> Image.Image:
    """The page as a visitor sees it once it has come to rest."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(url)
    settle(page)
    page.wait_for_timeout(1000)
    picture = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return picture.convert("RGB")


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with running_app() as address, chromium() as browser:
        classify = f"{address}/classify?example=chelsea&model=mobilenet-v2&model=resnet-18"
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(classify)
        settle(page)
        page.wait_for_timeout(1000)
        columns = page.locator("[data-testid='stHorizontalBlock']", has=page.get_by_text("What speaks for")).last
        box, slider = columns.bounding_box(), page.get_by_text("Heat map (%)").bounding_box()
        assert box is not None
        assert slider is not None
        shot = Image.open(io.BytesIO(page.screenshot(clip={**box, "height": slider["y"] - box["y"]})))
        shot.convert("RGB").save(HOME_PICTURE, quality=85)
        page.close()
        for name, url, width, height, scheme in [
            ("home", address, 1280, 900, "light"),
            ("classify", classify, 1280, 1250, "light"),
            ("classify-dark", classify, 1280, 1250, "dark"),
            ("classify-narrow", classify, 420, 1600, "light"),
        ]:
            draw(browser, url, width, height, scheme).save(DOCS / f"{name}.webp", quality=85)
            print(f"docs/{name}.webp")


if __name__ == "__main__":
    main()
