"""The pages of texts as scripts: every knob at its ends, short, long and empty texts, languages, defaults, tables."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import zoo
from pages.components import table_picker
from pages.components.escape import JOINER
from tests.pages.test_pages import open_page, text_of

PAGES = ("sentiment", "translate", "generate", "augment")
LONG = "The old house by the sea was quiet. " * 60
TEXTS = {"short": "Hi", "long": LONG, "emoji": "😀 👍🏽 🇫🇷", "markup": "<b>x</b> $a$ `c` *d*"}


def run_until(page: AppTest, is_done: Callable[[AppTest], bool]) -> AppTest:
    """Draw the page again, as its fragment does, until it is done."""
    for _ in range(600):
        if is_done(page):
            return page
        time.sleep(0.1)
        page.run()
    raise AssertionError("it is not done")


def plain(markdown: str) -> str:
    """Markdown as it is read."""
    return markdown.replace("\\", "").replace(JOINER, "")


def written(page: AppTest) -> bool:
    return any("seed" in caption.value or "jeeves ·" in caption.value for caption in page.caption)


def generated(**link: Any) -> AppTest:
    return run_until(open_page("generate.py", **link), written)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_gets_an_answer_or_a_sentence(page: str, text: str) -> None:
    opened = open_page(f"{page}.py", text=text, length="2")
    if page == "generate":
        run_until(opened, written)
    assert not opened.exception
    assert [error.value for error in opened.error] == []


@pytest.mark.parametrize(
    ("page", "sentence"),
    [("sentiment", "The text is empty"), ("translate", "nothing to translate"), ("augment", "nothing to augment")],
)
def test_an_empty_text_is_a_sentence(page: str, sentence: str) -> None:
    opened = open_page(f"{page}.py", text="  ")
    assert not opened.exception
    assert sentence in opened.error[0].value
    assert "validation" not in opened.error[0].value


def test_an_empty_prompt_begins_a_new_text() -> None:
    page = generated(text=" ", length="3")
    assert [error.value for error in page.error] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_knob_works_at_both_ends(page: str) -> None:
    opened = open_page(f"{page}.py", length="1")
    for key in [slider.key for slider in opened.slider if slider.key and slider.key not in ("candidates-of",)]:
        for end in ("min", "max"):
            slider = opened.slider(key=key)
            slider.set_value(getattr(slider, end)).run()
            assert not opened.exception
            assert [error.value for error in opened.error] == []
        slider = opened.slider(key=key)
        slider.set_value(slider.min).run()
    for key in [toggle.key for toggle in opened.toggle if toggle.key]:
        for _ in range(2):
            opened.toggle(key=key).set_value(not opened.toggle(key=key).value).run()
            assert not opened.exception


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_what_is_on_screen_stands_once(page: str) -> None:
    opened = open_page(f"{page}.py")
    assert [expander.label for expander in opened.expander].count("Use it from code") == 1


def test_a_foreign_text_is_told_by_sentiment_and_generate() -> None:
    page = open_page("sentiment.py", text="J'adore les chats et les chiens")
    assert plain(page.info[0].value) == "This text looks French; the model knows English."
    assert not open_page("sentiment.py").info
    page = generated(text="Es war einmal ein kleines Mädchen", length="2")
    assert "This text looks German" in plain(text_of(page))


def test_the_missed_irony_is_captioned() -> None:
    page = open_page("sentiment.py", text="Oh great, another Monday. Just what I needed 🙄")
    assert "Irony is often missed" in text_of(page)
    assert "Irony is often missed" not in text_of(open_page("sentiment.py"))


def test_translate_offers_the_direction_of_a_foreign_text_and_swaps() -> None:
    page = open_page("translate.py", text="Où est la gare ?")
    assert page.warning[0].value == "This text looks French, not English."
    (button,) = [button for button in page.button if button.label == "Translate it from French to English"]
    button.click().run()
    assert not page.warning
    assert page.session_state["direction"] == "fr-en"
    assert 'zoo.translate("Où est la gare ?", direction="fr-en")' in page.code[0].value
    translation = zoo.translate("Où est la gare ?", direction="fr-en").translation
    next(button for button in page.button if button.label == "Swap").click().run()
    assert page.session_state["direction"] == "en-fr"
    assert translation in page.code[0].value


def test_a_link_with_the_code_of_a_direction_still_works() -> None:
    page = open_page("translate.py", direction="fr-en")
    assert page.session_state["direction"] == "fr-en"
    assert "French → English" in page.button_group(key="direction").options[1]


def test_generate_opens_with_a_text_and_writes_another_one_each_time() -> None:
    page = generated(length="4", seed="7")
    assert "zoo.generate(" in page.code[0].value
    assert "seed=7" in page.code[0].value
    press(page, "Generate")
    run_until(page, lambda page: "Text 2 of 2" in text_of(page))
    seed = page.slider(key="seed").value
    assert seed != 7
    assert f"seed {seed}" in text_of(page)
    press(page, "Earlier")
    assert page.slider(key="seed").value == 7
    assert "Text 1 of 2" in text_of(page)
    assert "seed=7" in page.code[0].value


def test_the_seed_can_be_fixed() -> None:
    page = generated(length="2", seed="7")
    page.toggle(key="new_seed").set_value(False).run()
    press(page, "Generate")
    run_until(page, lambda page: "Text 2 of 2" in text_of(page))
    assert page.slider(key="seed").value == 7


def press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception


def test_augment_opens_with_a_sentence_that_sentiment_judges_rightly_and_that_has_replacements() -> None:
    import ast

    tree = ast.parse(Path("pages/augment.py").read_text())
    examples = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES"
    )
    labels = {"Garden": "positive", "House": "positive", "Film": "negative"}
    assert labels.keys() == examples.keys()
    for name, text in examples.items():
        assert zoo.sentiment(text).answers[0].predictions[0].label == labels[name]
        assert any(output.operation == "replace" for output in zoo.augment(text).outputs)
        assert any(span.kind == "added" for span in zoo.augment_back_translation(text).diff)


@pytest.fixture
def labelled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A table that a visitor uploads."""
    path = tmp_path / "table"
    path.write_text("text,mood\nI love it,happy\nI hate it,sad\nI love it,happy\n,happy\nfine,positive\n")
    monkeypatch.setattr(table_picker, "store_upload", lambda *args: (path, str(path)))
    return path


@pytest.mark.usefixtures("labelled")
def test_labels_that_are_no_classes_are_told_and_mapped() -> None:
    page = open_page("sentiment.py")
    next(box for box in page.selectbox if box.label.startswith("Column with the true")).set_value("mood").run()
    assert "4 rows have labels that the model does not have" in page.warning[-1].value
    page.selectbox(key="means-mood-happy").set_value("positive").run()
    assert any(
        "label_map='happy=positive" in code.value or 'label_map="happy=positive' in code.value for code in page.code
    )
    next(box for box in page.selectbox if box.label.startswith("Column with the true")).set_value("text").run()
    assert not page.exception


@pytest.mark.usefixtures("labelled")
def test_the_learning_curve_says_what_it_waits_for() -> None:
    page = open_page("augment.py")
    button = next(button for button in page.button if button.label == "Draw the learning curve")
    assert button.disabled
    assert "Choose the column with the labels first" in text_of(page)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("generate", {"language_model": "hub/distilgpt2"}),
        ("translate", {"direction": "es-en", "translation_model": "hub/opus-mt-es-en"}),
    ],
)
def test_a_link_with_a_model_to_download_draws_one_button(
    name: str, link: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    page = open_page(f"{name}.py", **link)
    page.run()
    assert not page.exception
    assert len([button for button in page.button if button.label.startswith("Download ")]) == 1
