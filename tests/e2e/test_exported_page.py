"""The page that an exported classifier is: opened from the disk in a real browser, it answers as the zoo does."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import PATIENCE
from tests.exported import picture, save_model
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import ExportKnobs, export_model

READY = "Ready: choose a picture, or start the camera."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A classifier of three classes, one of them named like markup."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_DATA", str(tmp_path_factory.mktemp("data")))
        yield save_model({"kind": "mobilenet-v2", "num_classes": 3, "asymmetric_padding": True}).name


@pytest.fixture(scope="module")
def file(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(export_model(ExportKnobs(model=model, export_format="html")).data)
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page from the disk, ready. At the end: it asked for nothing, and had no error."""
    context = browser.new_context(viewport={"width": 420, "height": 900})
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    mishaps: list[str] = []
    requests: list[str] = []
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    page.on("console", lambda message: mishaps.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    expect(page.get_by_role("status")).to_have_text(READY)
    yield page
    context.close()
    assert not mishaps
    assert [url for url in requests if not url.startswith(("blob:", "data:"))] == [file.as_uri()]


def upload(page: Page, image: Image.Image, name: str = "picture.png") -> Any:
    """What the page answers to a picture that is chosen."""
    data = io.BytesIO()
    image.save(data, name.rpartition(".")[2])
    facts = page.locator("#facts")
    facts.evaluate("element => { element.textContent = ''; }")
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}
    )
    expect(facts).not_to_be_empty()  # the page's policy forbids what Playwright would wait with
    return page.evaluate("window.lastAnswer.probabilities")


@pytest.mark.parametrize("size", [(640, 480), (37, 1200), (12, 9)])
def test_an_uploaded_picture_has_the_same_probabilities_as_in_the_zoo(
    page: Page, model: str, size: tuple[int, int]
) -> None:
    image = picture(*size)
    answer = upload(page, image)
    np.testing.assert_allclose(answer, probabilities(model, [image])[0], atol=1e-4)


def test_names_of_classes_are_text_and_never_markup(page: Page) -> None:
    upload(page, picture(300, 300))
    rows = page.get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="</script><b>fox</b>")).to_have_count(1)
    assert page.locator("#answers b").count() == 0


def test_a_large_photograph_is_reduced_and_the_page_says_so(page: Page, model: str) -> None:
    image = picture(3000, 2000)
    answer = upload(page, image)
    expect(page.locator("#facts")).to_contain_text("It was reduced from 3000 × 2000 pixels first.")
    np.testing.assert_allclose(answer, probabilities(model, [image])[0], atol=0.05)


def test_a_file_that_is_no_picture_is_told(page: Page) -> None:
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "text.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.get_by_role("status")).to_contain_text("cannot be read as a picture")


def test_nothing_of_the_last_picture_is_left_beside_a_file_that_is_none(page: Page) -> None:
    upload(page, picture(300, 300))
    expect(page.locator("#picture")).to_be_visible()
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "text.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.get_by_role("status")).to_contain_text("cannot be read as a picture")
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator("#facts")).to_be_empty()
    upload(page, picture(300, 300))
    expect(page.locator("#picture")).to_be_visible()


def test_the_camera_classifies_frame_after_frame_until_it_is_stopped(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#facts")).to_contain_text("640 × 480 pixels")
    frames = set()
    while len(frames) < 3:
        frames.add(page.evaluate("window.lastAnswer.milliseconds"))
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()


def test_a_dropped_picture_is_classified(page: Page) -> None:
    page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 64, height: 48});
            canvas.getContext("2d").fillRect(0, 0, 40, 40);
            const blob = await new Promise((done) => canvas.toBlob(done));
            const data = new DataTransfer();
            data.items.add(new File([blob], "drawn.png", {type: "image/png"}));
            document.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator("#facts")).to_contain_text("64 × 48 pixels")


def test_the_page_fits_a_phone_and_its_controls_have_names(page: Page) -> None:
    upload(page, picture(500, 300))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert not results.response["violations"], json.dumps(results.response["violations"], indent=1)[:3000]


def test_the_policy_of_the_page_lets_nothing_out(browser: Browser, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    blocked = page.evaluate(
        """async () => {
            const blocked = [];
            document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
            await fetch("http://127.0.0.1:9/").catch(() => {});
            new Image().src = "http://127.0.0.1:9/picture.png";
            await new Promise((done) => setTimeout(done, 300));
            return blocked;
        }"""
    )
    page.close()
    assert sorted(blocked) == ["connect-src", "img-src"]


def test_the_folder_on_a_web_server_answers_the_same(browser: Browser, model: str, tmp_path: Path) -> None:
    archive = export_model(ExportKnobs(model=model, export_format="web")).data
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        expect(page.get_by_role("status")).to_have_text(READY)
        image = picture(400, 500)
        answer = upload(page, image)
        page.close()
        server.shutdown()
    np.testing.assert_allclose(answer, probabilities(model, [image])[0], atol=1e-4)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Not to the terminal."""
