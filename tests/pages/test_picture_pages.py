"""The pages of pictures: choices that never become empty, every knob at its ends, and what a link restores."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.components import fast_style
from pages.components.camera import MAX_CHARACTERS, decode_frame
from tests.pages.test_pages import open_page
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import CancelledJob, ZooError
from zoo.core.glosses import definition
from zoo.core.steps import Progress
from zoo.examples import example
from zoo.exhibits.classify import classify, heat_map

OPTIMISED = {"method": "Optimised (Gatys)", "size": "64"}
FAST = {"fast_size": "64"}
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "classify": ("classify.py", {"example": "coffee"}),
    "adversarial": ("adversarial.py", {"model": "cifar10-resnet", "steps": "1"}),
    "surrogate": ("adversarial.py", {"model": "cifar10-resnet", "method": "fgsm"}),
    "fast": ("style.py", FAST),
    "fast, mixed": ("style.py", FAST | {"style": ["wave", "scream"]}),
    "optimised": ("style.py", OPTIMISED),
    "optimised, mixed": ("style.py", OPTIMISED | {"paintings": ["ink", "mosaic"]}),
}


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]


def pills(page: AppTest, key: str) -> Any:
    return page.button_group(key=key)


def ends(page: AppTest) -> Iterator[tuple[str, str, Any]]:
    """Kind, key and value of each widget at each of its ends."""
    for slider in page.slider:
        if "size" not in str(slider.key):  # a large picture takes minutes and is drawn the same
            yield "slider", str(slider.key), slider.min
            yield "slider", str(slider.key), slider.max
    for box in page.selectbox:
        yield "selectbox", str(box.key), box.options[0]
        yield "selectbox", str(box.key), box.options[-1]
    for toggle in page.toggle:
        yield "toggle", str(toggle.key), True
        yield "toggle", str(toggle.key), False


@pytest.mark.parametrize("name", PAGES)
def test_every_knob_works_at_its_ends(name: str) -> None:
    script, link = PAGES[name]
    page = open_page(script, **link)
    assert_sound(page)
    tried = 0
    for kind, key, value in list(ends(page)):
        if kind == "selectbox" and key == "model":
            continue
        if not any(str(widget.key) == key for widget in getattr(page, kind)):
            continue  # another knob took it away
        getattr(page, kind)(key=key).set_value(value).run()
        assert not page.exception, (key, value)
        wrong = [error.value for error in page.error if "no style" not in error.value]
        assert not wrong, (key, value, wrong)
        tried += 1
    assert tried >= 4


def test_another_style_is_one_click_and_the_last_one_stays() -> None:
    page = open_page("style.py", **FAST)
    chosen = pills(page, "style")
    assert chosen.value == ["scream"]
    chosen.set_value(["scream", "wave"]).run()
    assert pills(page, "style").value == ["wave"]
    pills(page, "style").set_value([]).run()
    assert pills(page, "style").value == ["wave"]
    assert_sound(page)


def test_mixing_is_a_toggle_with_at_most_four_styles() -> None:
    page = open_page("style.py", **FAST)
    page.toggle(key="mixing").set_value(True).run()
    pills(page, "style").set_value(["scream", "wave"]).run()
    assert pills(page, "style").value == ["scream", "wave"]
    most = ["scream", "wave", "udnie", "hat", "cottages"]
    for count in (3, 4, 5):
        pills(page, "style").set_value([*pills(page, "style").value, most[count - 1]]).run()
    assert pills(page, "style").value == most[1:]
    assert [toast.value for toast in page.toast] == ["At most 4 at once: scream was deselected."]
    assert_sound(page)
    page.toggle(key="mixing").set_value(False).run()
    assert pills(page, "style").value == ["wave"]
    assert page.query_params["style"] in ("wave", ["wave"])


def test_a_link_with_two_paintings_mixes_them() -> None:
    page = open_page("style.py", **OPTIMISED, paintings=["ink", "mosaic"])
    assert pills(page, "paintings").value == ["ink", "mosaic"]
    assert page.toggle(key="mixing-paintings").value
    pills(page, "paintings").set_value([]).run()
    assert pills(page, "paintings").value == ["ink", "mosaic"]
    assert_sound(page)


def test_adversarial_opens_on_a_goldfish_by_pgd_and_says_so_in_its_code() -> None:
    page = open_page("adversarial.py")
    assert pills(page, "method").value == "pgd"
    assert page.selectbox(key="target").value == "goldfish"
    python = page.code[0].value
    assert 'method="pgd"' in python
    assert 'target="goldfish"' in python
    assert page.button_group(key="method").options == ["FGSM", "iterated FGSM", "PGD"]


@pytest.mark.trained_weights
def test_the_first_attack_fools() -> None:
    page = open_page("adversarial.py")
    assert page.subheader[0].value.startswith("espresso")
    assert "goldfish" in page.subheader[0].value


def test_a_network_for_cifar10_gets_its_pictures() -> None:
    page = open_page("adversarial.py", model="cifar10-resnet", example="ship")
    assert "ship" in page.code[0].value
    assert page.selectbox(key="target").value == ""
    page.selectbox(key="model").set_value("mobilenet-v2").run()
    assert "coffee" in page.code[0].value
    assert_sound(page)


@pytest.mark.parametrize("method", ["fgsm", "iterated", "pgd"])
def test_a_link_has_the_code_of_the_method(method: str) -> None:
    page = open_page("adversarial.py", model="cifar10-resnet", method=method)
    assert pills(page, "method").value == method
    assert_sound(page)


def test_another_picture_takes_the_evidence_back_to_its_best_class() -> None:
    page = open_page("classify.py", example="coffee")
    second = classify(example("coffee")).answers[0].predictions[1].id
    pills(page, "class").set_value(second).run()
    assert pills(page, "class").value == second
    page.button_group(key="example").set_value("rocket").run()
    assert_sound(page)
    assert pills(page, "class").value == classify(example("rocket")).answers[0].predictions[0].id


def test_the_class_is_defined() -> None:
    assert definition("n01443537").startswith("small golden or orange-red freshwater fishes")
    assert heat_map(example("coffee")).definition
    for card in exhibit_cards("classify"):
        assert all(definition(name.id) for name in card.classes)


def jpeg(side: int = 32) -> str:
    file = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_frame_of_the_camera_is_decoded_with_its_number() -> None:
    number, picture = decode_frame({"number": 7, "jpeg": jpeg()})
    assert number == 7
    assert picture is not None
    assert picture.size == (32, 32)


@pytest.mark.parametrize(
    "frame",
    [
        {"number": 1, "jpeg": "*"},
        {"number": 1, "jpeg": base64.b64encode(b"no picture").decode()},
        {"number": 1, "jpeg": "A" * (MAX_CHARACTERS + 4)},
        {"number": "one", "jpeg": jpeg()},
        {"number": None, "jpeg": jpeg()},
        {"jpeg": jpeg()},
        [1],
        "frame",
    ],
    ids=["no base64", "no picture", "too large", "no number", "none", "missing", "list", "text"],
)
def test_what_is_no_frame_is_refused_with_a_sentence(frame: object) -> None:
    with pytest.raises(ZooError):
        decode_frame(frame)


class Ended:
    """A job that was cancelled after a preview."""

    ended, state, position = True, "cancelled", 0
    latest = Progress(3, 10, preview="half of a painting")

    def result(self) -> None:
        raise CancelledJob("cancelled")


def test_a_cancelled_job_keeps_its_last_preview() -> None:
    def script(keep: bool) -> None:
        import streamlit as st

        from pages.components.job_progress import finished, kept
        from tests.pages.test_picture_pages import Ended

        assert not finished(Ended(), st.text, keep=keep)  # type: ignore[arg-type]
        assert kept(Ended()) == "half of a painting"  # type: ignore[arg-type]

    page = AppTest.from_function(script, args=(True,)).run()
    assert_sound(page)
    assert [text.value for text in page.text] == ["half of a painting"]
    assert [info.value for info in page.info] == ["Cancelled."]
    page = AppTest.from_function(script, args=(False,)).run()
    assert_sound(page)
    assert not page.text


@pytest.mark.parametrize(("first", "second"), [("Mine", "Other"), ("Same", "Same")])
def test_own_styles_are_buttons_with_their_titles(first: str, second: str) -> None:
    wave = find_card("wave")
    own = [replace(wave, name=f"own/{8 * letter}", title=title) for letter, title in (("a", first), ("b", second))]
    labels = fast_style.titles_of(own)
    assert list(labels) == [card.name for card in own]
    assert len(set(labels.values())) == 2
    assert all("own/" not in label for label in labels.values())
