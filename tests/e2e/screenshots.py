"""Draw the documentation's pictures from the running app: ``make screenshots``."""

import io

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.e2e.browser import PATIENCE, ROOT, chromium, running_app, settle

DOCS = ROOT / "docs" / "images"
HOME_PICTURES = ROOT / "assets" / "examples"
CLASSIFY = "classify?example=chelsea&model=mobilenet-v2&model=resnet-18"
SENTIMENT = "sentiment"
SOUND = "sound?example=siren&model=sound-spectrogram&model=sound-audionet"

ADVERSARIAL = "adversarial?example=coffee"
GENERATE = "generate?length=60"
FAST_STYLE = "style?example=china&style=starry-night"
OPTIMISED_STYLE = "style?example=china&method=Optimised+%28Gatys%29&size=384&steps=160"


def opened(browser: Browser, url: str, width: int, height: int, scheme: str = "light") -> Page:
    """The page as a visitor sees it once it has come to rest, has painted or has written."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(url)
    settle(page)
    if url.endswith(OPTIMISED_STYLE):
        page.get_by_role("button", name="Optimise", exact=True).click()
        page.get_by_role("button", name="Picture as PNG").wait_for()
        settle(page)
    if url.endswith(GENERATE):
        page.get_by_role("button", name="Generate", exact=True).click()
        page.get_by_text("tokens per second").wait_for()
        settle(page)
    page.wait_for_timeout(1000)
    return page


def shot(page: Page, top: Locator, bottom: Locator, across: Locator) -> Image.Image:
    """The part of the page from the top of one element to the top of another, as wide as a third."""
    above, below, whole = top.bounding_box(), bottom.bounding_box(), across.bounding_box()
    assert above is not None
    assert below is not None
    assert whole is not None
    return picture(page, {**whole, "y": above["y"], "height": below["y"] - above["y"]})


def picture(page: Page, clip: dict[str, float] | None = None) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


def home_pictures(browser: Browser, address: str) -> None:
    """What the home page shows of each exhibit, cut from its page."""
    page = opened(browser, f"{address}/classify?example=chelsea", 1280, 1400)
    columns = page.locator("[data-testid='stHorizontalBlock']", has=page.get_by_text("What speaks for")).last
    shot(page, columns, page.get_by_text("Heat map (%)"), columns).save(HOME_PICTURES / "classify.webp", quality=85)
    page.close()
    page = opened(browser, f"{address}/{SOUND}", 1280, 1400)
    columns = page.locator("[data-testid='stHorizontalBlock']", has=page.get_by_text("What speaks for")).first
    below = page.get_by_text("What speaks for", exact=True)
    shot(page, columns, below, columns).save(HOME_PICTURES / "sound.webp", quality=85)
    page.close()
    page = opened(browser, f"{address}/{ADVERSARIAL}", 1280, 1800)
    columns = page.locator("[data-testid='stHorizontalBlock']", has=page.get_by_text("What was added")).first
    shot(page, columns, page.get_by_role("tab", name="How far until"), columns).save(
        HOME_PICTURES / "adversarial.webp", quality=85
    )
    page.close()
    page = opened(browser, f"{address}/{OPTIMISED_STYLE}", 1280, 2200)
    result = page.get_by_alt_text("The result after 160 steps")
    picture(page, result.bounding_box()).save(HOME_PICTURES / "style.webp", quality=85)
    page.close()
    page = opened(browser, f"{address}/{SENTIMENT}", 1000, 1400)
    begin, end = page.get_by_role("textbox"), page.get_by_role("button", name="Answers as JSON")
    shot(page, begin, end, page.get_by_test_id("stTabs").first).save(HOME_PICTURES / "sentiment.webp", quality=85)
    page.close()
    page = opened(browser, f"{address}/{GENERATE}", 1000, 1400)
    begin, end = page.get_by_test_id("stHtml").first, page.get_by_text("tokens per second")
    shot(page, begin, end, begin).save(HOME_PICTURES / "generate.webp", quality=85)
    page.close()
    page = opened(browser, f"{address}/translate", 1000, 1600)
    below = page.get_by_text("How it works", exact=True)
    shot(page, page.get_by_role("textbox"), below, page.get_by_role("textbox")).save(
        HOME_PICTURES / "translate.webp", quality=85
    )
    page.close()
    page = opened(browser, f"{address}/augment?outputs=6", 1000, 1600)
    begin, end = page.get_by_test_id("stHtml").first, page.get_by_role("button", name="Sentences as text")
    shot(page, begin, end, page.get_by_test_id("stTabs").first).save(HOME_PICTURES / "augment.webp", quality=85)
    page.close()


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    with running_app() as address, chromium() as browser:
        home_pictures(browser, address)
        for name, path, width, height, scheme in [
            ("home", "", 1280, 1300, "light"),
            ("classify", CLASSIFY, 1280, 1250, "light"),
            ("classify-dark", CLASSIFY, 1280, 1250, "dark"),
            ("classify-narrow", CLASSIFY, 420, 1600, "light"),
            ("sound", SOUND, 1280, 1400, "light"),
            ("sound-dark", SOUND, 1280, 1400, "dark"),
            ("sound-narrow", SOUND, 420, 1900, "light"),
            ("adversarial", ADVERSARIAL, 1280, 1400, "light"),
            ("adversarial-dark", ADVERSARIAL, 1280, 1400, "dark"),
            ("adversarial-narrow", ADVERSARIAL, 420, 2600, "light"),
            ("style-optimised", OPTIMISED_STYLE, 1280, 1600, "light"),
            ("style-optimised-dark", OPTIMISED_STYLE, 1280, 1600, "dark"),
            ("style-optimised-narrow", OPTIMISED_STYLE, 420, 2600, "light"),
            ("style-fast", FAST_STYLE, 1280, 1600, "light"),
            ("style-fast-dark", FAST_STYLE, 1280, 1600, "dark"),
            ("style-fast-narrow", FAST_STYLE, 420, 2600, "light"),
            ("generate", GENERATE, 1280, 1400, "light"),
            ("generate-dark", GENERATE, 1280, 1400, "dark"),
            ("generate-narrow", GENERATE, 420, 2000, "light"),
            ("sentiment", SENTIMENT, 1280, 1400, "light"),
            ("sentiment-dark", SENTIMENT, 1280, 1400, "dark"),
            ("sentiment-narrow", SENTIMENT, 420, 1900, "light"),
            ("translate", "translate", 1280, 1300, "light"),
            ("translate-dark", "translate", 1280, 1300, "dark"),
            ("translate-narrow", "translate", 420, 1700, "light"),
            ("augment", "augment", 1280, 1500, "light"),
        ]:
            page = opened(browser, f"{address}/{path}", width, height, scheme)
            picture(page).save(DOCS / f"{name}.webp", quality=85)
            page.close()
            print(f"docs/images/{name}.webp")


if __name__ == "__main__":
    main()
