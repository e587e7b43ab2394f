"""Visitors of Train: pictures in, a burst, training, cleaning with undo, reloading, keeping, and two visitors apart."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import settle
from tests.e2e.conftest import Visit
from zoo.examples import example_path

FIGURES = re.compile(r"[\d.]+% right on the (test|validation) pictures")
EVIL = "<img src=x onerror=document.title='run'> ![x](/x.png)"


def fruit(label: str, split: str = "train") -> list[dict[str, object]]:
    """The pictures of a class of the example, as files to upload; without those whose label is wrong."""
    with zipfile.ZipFile(example_path("fruit")) as archive:
        names = [name for name in archive.namelist() if f"/{split}/{label}/{label[0]}" in name]
        return [{"name": name.split("/")[-1], "mimeType": "image/webp", "buffer": archive.read(name)} for name in names]


def choose(page: Page, name: str) -> None:
    """Open a step or a view."""
    page.get_by_role("radio", name=name, exact=True).click()
    settle(page)


def add(page: Page, place: int, files: list[dict[str, object]], total: str) -> None:
    """Upload to the card at a place, and wait for the count."""
    settle(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").nth(place).set_input_files(files)  # type: ignore[arg-type]
    expect(page.get_by_text(total)).to_be_visible()
    settle(page)


def rename(page: Page, place: int, new: str) -> None:
    """Rename the class of the card at a place."""
    settle(page)
    page.locator("[class*=st-key-class-]").nth(place).get_by_role("button", name="Edit").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_role("textbox", name="Name").fill(new)
    body.get_by_role("button", name="Rename").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text(new, exact=False).first).to_be_visible()
    settle(page)


def test_enter_in_the_fields_of_a_name_submits_and_a_reload_keeps_the_names(train_page: Page) -> None:
    page = train_page
    page.get_by_role("textbox", name="New class").fill("zebra")
    page.keyboard.press("Enter")
    expect(page.get_by_text("zebra · 0")).to_be_visible()
    settle(page)
    page.locator("[class*=st-key-class-]").nth(1).get_by_role("button", name="Edit").click()
    page.get_by_test_id("stPopoverBody").get_by_role("textbox", name="Name").fill("yak")
    page.keyboard.press("Enter")
    expect(page.get_by_text("yak · 0")).to_be_visible()
    settle(page)
    page.reload()
    settle(page)
    for text in ("Class 1 · 0", "yak · 0", "zebra · 0"):
        expect(page.get_by_text(text)).to_be_visible()


@pytest.mark.parametrize("width", [420])
def test_the_steps_are_one_row_on_a_phone(train_page: Page, width: int) -> None:
    train_page.set_viewport_size({"width": width, "height": 900})
    steps = [train_page.get_by_role("radio", name=name, exact=True) for name in ("Data", "Look", "Keep")]
    boxes = [step.bounding_box() for step in steps]
    assert len({round(box["y"]) for box in boxes if box}) == 1
    assert boxes[-1] is not None
    assert boxes[-1]["x"] + boxes[-1]["width"] <= width


@pytest.fixture
def train_page(visit: Visit, server: str) -> Page:
    return visit(f"{server}/train")


@pytest.fixture
def example_page(train_page: Page) -> Page:
    """After the first click: the example's pictures are there."""
    train_page.get_by_role("button", name="Begin with an example").click()
    expect(train_page.get_by_text("78 pictures added.")).to_be_visible()
    settle(train_page)
    return train_page


@pytest.fixture
def trained(example_page: Page) -> Page:
    """After the second click: a model."""
    example_page.get_by_role("button", name="Train", exact=True).click()
    expect(example_page.get_by_text(FIGURES)).to_be_visible()
    settle(example_page)
    return example_page


def test_two_clicks_train_the_example(trained: Page) -> None:
    expect(trained.locator("[aria-label^='Smoothed loss by learning rate; the finder suggests']").first).to_be_visible()
    expect(trained.locator("[aria-label^='Validation accuracy by epoch']").first).to_be_visible()
    with trained.expect_download() as download:
        trained.get_by_role("button", name="TensorBoard event files").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any("tfevents" in name for name in archive.namelist())


def test_classes_are_named_filled_trained_cleaned_and_still_there_after_a_reload(train_page: Page) -> None:
    page = train_page
    add(page, 0, fruit("apple"), "19 pictures added.")
    add(
        page,
        0,
        [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"}],
        "0 pictures added. 1 file was set aside, see below.",
    )
    rename(page, 0, EVIL)
    add(page, 1, fruit("banana"), "20 pictures added.")
    rename(page, 1, "banana")
    assert page.title() != "run"
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(FIGURES)).to_be_visible()
    choose(page, "Look")
    expect(page.locator("[aria-label^='Confusion matrix']").first).to_be_visible()
    pictures = page.locator(".gallery .grid button")
    expect(pictures.first).to_be_visible()
    pictures.first.click()
    page.locator(".gallery select").select_option("banana")
    page.get_by_role("button", name="Relabel", exact=True).click()
    expect(page.get_by_text("Since the last training: 1 relabelled, 0 dropped.")).to_be_visible()
    settle(page)
    pictures.nth(1).click()
    page.get_by_role("button", name="Drop", exact=True).click()
    expect(page.get_by_text("Since the last training: 1 relabelled, 1 dropped.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Since the last training: 1 relabelled, 0 dropped.")).to_be_visible()
    settle(page)
    page.reload()
    settle(page)
    expect(page.get_by_text("Since the last training: 1 relabelled, 0 dropped.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Since the last training")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("button", name="Train again").click()
    expect(page.get_by_text(FIGURES)).to_be_visible()
    choose(page, "Look")
    expect(page.get_by_text("Before and after")).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(3)
    assert page.title() != "run"


def test_a_cell_of_the_matrix_is_clicked_and_the_map_is_brushed(trained: Page) -> None:
    page = trained
    choose(page, "Look")
    chart = page.locator("[aria-label^='Confusion matrix']").first
    expect(chart).to_be_visible()
    chart.locator("text[aria-label^='predicted: pear; true: pear']").click()
    settle(page)
    expect(page.get_by_role("group", name="pear predicted as pear")).to_be_visible()
    expect(page.locator(".gallery .grid button")).to_have_count(6)
    choose(page, "Map")
    plot = page.locator("[aria-label^='Map of the features']").first
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] - 120, steps=8)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"\d+ in the rectangle"))).to_be_visible()


def test_wrong_labels_are_listed_and_corrected(trained: Page) -> None:
    page = trained
    choose(page, "Look")
    choose(page, "Label errors")
    issues = page.locator(".gallery .grid button")
    names = [image.get_attribute("alt") or "" for image in issues.locator("img").all()]
    wrong = [name for name in names if re.search(r"/a\d\d.webp, labelled pear|/p\d\d.webp, labelled apple", name)]
    assert len(wrong) == 2
    for name in wrong:
        page.get_by_alt_text(name, exact=True).click()
    page.get_by_role("button", name="Relabel as predicted").click()
    expect(page.get_by_text("Since the last training: 2 relabelled, 0 dropped.")).to_be_visible()
    for _ in range(len(names) - 2):
        settle(page)
        issues.first.click()
        page.get_by_role("button", name="Keep the label").click()
    expect(page.get_by_text("Every doubtful label is decided.")).to_be_visible()


def test_the_model_is_tried_kept_and_opens_in_classify(trained: Page) -> None:
    page = trained
    choose(page, "Try")
    expect(page.locator("[aria-label^='Bar chart of own/']").first).to_be_visible()
    choose(page, "Keep")
    page.get_by_role("link", name="Classify with it").click()
    expect(page.get_by_role("heading", name="Classify pictures")).to_be_visible()
    expect(page.locator("[aria-label^='Bar chart of own/']").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"model=own"))


def test_a_burst_stays_in_the_browser_until_it_is_sent(train_page: Page) -> None:
    page = train_page
    page.get_by_text("Camera", exact=True).first.click()
    page.get_by_role("button", name="Start the camera").click()
    hold = page.get_by_role("button", name="Hold to take pictures")
    hold.hover()
    page.mouse.down()
    frames = page.locator(".frames button")
    expect(frames.nth(3)).to_be_visible()
    page.mouse.up()
    count = frames.count()
    page.wait_for_timeout(700)
    assert frames.count() == count
    hold.focus()
    page.keyboard.down("Space")
    expect(frames.nth(count)).to_be_visible()
    page.keyboard.up("Space")
    assert "pictures added" not in page.locator("body").inner_text()
    count = frames.count()
    page.get_by_role("button", name=f"Send {count} pictures").click()
    expect(page.get_by_text(f"{count} pictures added.")).to_be_visible()
    expect(frames).to_have_count(0)
    page.get_by_text("Camera", exact=True).first.click()  # which takes the component away
    expect(page.locator(".burst")).to_have_count(0)


def test_leaving_the_camera_releases_it(train_page: Page) -> None:
    page = train_page
    page.evaluate(
        "() => { const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        " navigator.mediaDevices.getUserMedia = async (wish) => (window.opened = await open(wish)) }"
    )
    page.get_by_text("Camera", exact=True).first.click()
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_role("button", name="Hold to take pictures")).to_be_visible()
    choose(page, "Train")
    page.wait_for_function("() => window.opened.getTracks().every((track) => track.readyState === 'ended')")


def test_another_visitor_sees_nothing_of_the_first(visit: Visit, server: str, example_page: Page) -> None:
    rename(example_page, 0, "Zebra finch")
    assert "data=" in example_page.url
    for link in ("train", f"train?data={'0' * 16}", "train?step=Keep", "classify", "adversarial"):
        other = visit(f"{server}/{link}")
        text = other.locator("body").inner_text()
        assert "Zebra finch" not in text
        assert "own/" not in text
        assert other.locator(".gallery").count() == 0
        assert "data=" not in other.url


def test_a_training_is_found_again_after_a_reload(example_page: Page) -> None:
    page = example_page
    page.goto(f"{page.url}&epochs=500&fine_tune_epochs=20")
    settle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    stop = page.get_by_role("button", name="Stop and keep the best")
    expect(stop).to_be_visible()
    page.reload()
    choose(page, "Train")
    expect(stop).to_be_visible()
    stop.click()
    expect(page.get_by_text(FIGURES)).to_be_visible()


def test_an_archive_of_class_folders_is_taken(train_page: Page) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for label in ("apple", "pear"):
            for file in fruit(label)[:4]:
                archive.writestr(f"my pictures/{label}/{file['name']}", file["buffer"])  # type: ignore[arg-type]
        archive.writestr("../outside/evil.webp", b"x")
    page = train_page
    page.get_by_text("Bring a folder of class folders").click()
    settle(page)
    field = page.get_by_test_id("stFileUploaderDropzoneInput")
    field.nth(2).set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": packed.getvalue()})
    expect(page.get_by_test_id("stAlert").or_(page.get_by_text("8 pictures added"))).to_be_visible()
