"""Draw the pictures of the how-to of Train: from twelve pictures to a page on a phone. ``make screenshots``."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import PATIENCE, ROOT, settle
from tests.e2e.test_train import FIGURES, choose, fruit, rename

FOLDER = ROOT / "docs" / "images"
FILES_OF_A_CLASS = 6
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 780}


def save(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(1200)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.save(FOLDER / f"train-{name}.webp", quality=80)
    print(f"docs/images/train-{name}.webp")


def draw(browser: Browser, address: str) -> None:
    """One visitor's way through the steps; the page that the visitor takes home is opened from its file."""
    expect.set_options(timeout=1000 * PATIENCE)
    page = browser.new_page(viewport=WIDE, bypass_csp=True)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{address}/train")
    settle(page)
    for place, (label, count) in enumerate({"apple": "6 pictures added", "banana": "6 pictures added"}.items()):
        files = fruit(label)[:FILES_OF_A_CLASS]
        page.get_by_test_id("stFileUploaderDropzoneInput").nth(place).set_input_files(files)  # type: ignore[arg-type]
        expect(page.get_by_text(f"{FILES_OF_A_CLASS * (place + 1)} pictures in")).to_be_visible()
        expect(page.get_by_text(count)).to_be_visible()
        settle(page)
    for label in ("apple", "banana"):
        rename(page, 0, label)  # the one that is renamed comes last: capitals are before small letters
    save(page, "data")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(FIGURES)).to_be_visible()
    settle(page)
    save(page, "train")
    choose(page, "Look")
    choose(page, "Map")
    save(page, "look")
    choose(page, "Keep")
    choose(page, "One HTML file")
    page.get_by_role("button", name="Prepare the file").click()
    button = page.get_by_role("button", name=".html")
    expect(button).to_be_visible()
    settle(page)
    save(page, "keep")
    with TemporaryDirectory() as folder, page.expect_download() as download:
        button.click()
        file = Path(folder) / "classifier.html"
        download.value.save_as(file)
        draw_phone(browser, file)
    page.close()


def draw_phone(browser: Browser, file: Path) -> None:
    """The page from its file, with a picture that was not trained on."""
    phone = browser.new_page(viewport=PHONE, device_scale_factor=2)
    phone.goto(file.as_uri())
    expect(phone.get_by_role("status")).to_contain_text("Ready")
    phone.locator("#file").set_input_files(fruit("apple", "test")[:1])  # type: ignore[arg-type]
    expect(phone.locator("#answers")).to_contain_text("apple")
    save(phone, "phone")
    phone.close()
