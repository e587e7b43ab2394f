"""Translate: sentences, lines and batches, what was looked at, and the four doors."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from zoo.api import app
from zoo.core.errors import InputError, NotFoundError, TooLargeError
from zoo.exhibits.translate import MAX_CHARACTERS, TranslateKnobs, align, evaluate, model_of, translate, translations
from zoo.exhibits.translate.alignment import words_of
from zoo.exhibits.translate.text import LONGEST, plain, sentences

DIRECTIONS = ("en-fr", "fr-en")
ENGLISH = "translator-en-fr"
TEXT = "I love cats. Where is the station?"


def test_it_knows_what_everybody_says() -> None:
    assert "merci" in translate("Thank you very much.").translation.lower()
    assert "cat" in translate("J'aime les chats.", TranslateKnobs(direction="fr-en")).translation.lower()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_half_of_the_words_come_back(direction: str) -> None:
    """Far from a measure, far above chance."""
    pairs = [
        ("I don't know.", "Je ne sais pas."),
        ("She is my sister.", "C'est ma sœur."),
        ("I am very tired today.", "Je suis très fatigué aujourd'hui."),
        ("A man is playing the guitar.", "Un homme joue de la guitare."),
        ("Where do you live?", "Où habites-tu ?"),
    ]
    source, target = zip(*(pair if direction == "en-fr" else pair[::-1] for pair in pairs), strict=True)
    said = translations(model_of("bundled", direction), source, 4)
    assert sacrebleu.corpus_chrf(said, [list(target)]).score > 50


@given(st.text(max_size=600))
def test_sentences_are_short_and_lose_nothing(text: str) -> None:
    found = sentences(text)
    assert all(0 < len(part) <= LONGEST for part in found)
    assert "".join(found).replace(" ", "") == plain(text).replace(" ", "")


@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_is_as_one_by_one_and_lines_stay_lines(beams: int) -> None:
    texts = ["Good morning.", "I love cats. Where is the station?\n\nIt rains.", "", "No."]
    said = translations(ENGLISH, texts, beams)
    assert said == [translations(ENGLISH, [text], beams)[0] for text in texts]
    assert said[1].count("\n") == 2
    assert said[2] == ""


def test_sentences_are_told_apart() -> None:
    found = translate(TEXT)
    assert [source for source, _ in found.sentences] == ["I love cats.", "Where is the station?"]
    assert found.translation == " ".join(said for _, said in found.sentences)


@pytest.mark.parametrize(
    "text",
    ["🎉", "﷽ مرحبا", "a\0b", "\ud800", "<b>Hi</b>", "...", "x" * MAX_CHARACTERS, "word " * 900, "1 2 3"],
)
def test_any_text_has_a_translation(text: str) -> None:
    assert isinstance(translate(text, TranslateKnobs(beams=1)).translation, str)


def test_nothing_and_too_much_are_told() -> None:
    for text in ("", " \n", "\u2028"):
        with pytest.raises(InputError, match="nothing to translate"):
            translate(text)
    with pytest.raises(TooLargeError, match="5,000"):
        translate("x" * 1_000_000)
    with pytest.raises(InputError, match="not of translate"):
        translations("tweet-lstm", ["a"])
    with pytest.raises(NotFoundError):
        translations("translator-en-xx", ["a"])


# Where it looked


def test_looks_are_shares_of_the_source_words() -> None:
    (pair,) = translate("The little girl sleeps.").sentences
    looks = align(*pair, ENGLISH)
    assert looks.source == ("The", "little", "girl", "sleeps.")
    assert looks.target == tuple(pair[1].split())
    assert looks.weights.shape == (len(looks.target), 4)
    np.testing.assert_allclose(looks.weights.sum(1), 1, atol=1e-5)


def test_looks_fall_on_the_word_that_is_meant() -> None:
    looks = align("A dog and a cat sleep.", "Un chien et un chat dorment.", ENGLISH)
    for source, target in ((1, 1), (4, 4)):
        assert abs(int(looks.weights[target].argmax()) - source) <= 1


def test_looking_leaves_no_hook() -> None:
    from zoo.core.runtime import get_runtime

    align("A dog.", "Un chien.", ENGLISH)
    hooks = get_runtime().run(lambda model: [len(m._forward_pre_hooks) for m in model.modules()], ENGLISH)
    assert sum(hooks) == 0


def test_pieces_make_words() -> None:
    assert words_of([]) == ((), [])
    assert words_of(["▁a", "b", "▁c", "?"]) == (("ab", "c?"), [0, 0, 1, 1])
    assert words_of(["a", "▁b"]) == (("ab",), [0, 0])  # a first sub-word without its space


# The measure


def test_figures_are_sacrebleus_own(tmp_path: Path) -> None:
    english, french = ["I love cats.", "Where is he?"], ["J'adore les chats.", "Où est-il ?"]
    file = tmp_path / "pairs.tsv"
    file.write_text("".join(f"{one}\t{other}\tmore\n" for one, other in zip(english, french, strict=True)))
    for direction, sources, targets in (("en-fr", english, french), ("fr-en", french, english)):
        model = model_of("bundled", direction)
        found = evaluate(file, model)
        said = translations(model, sources, TranslateKnobs().beams)
        assert (found.direction, found.n) == (direction, 2)
        assert found.bleu == pytest.approx(sacrebleu.corpus_bleu(said, [targets]).score)
        assert found.chrf == pytest.approx(sacrebleu.corpus_chrf(said, [targets]).score)


@pytest.mark.parametrize("content", [b"", b"one column\n", b"a\tb\nc\n", b"\xff\xfe\x00a\tb"])
def test_a_file_without_pairs_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_bytes(content)
    with pytest.raises(InputError, match=r"pairs\.tsv"):
        evaluate(tmp_path / "pairs.tsv", ENGLISH)
    with pytest.raises(InputError, match="no file"):
        evaluate(tmp_path / "missing.tsv", ENGLISH)


# The doors


def test_every_door_says_the_same(tmp_path: Path) -> None:
    library = translate(TEXT, TranslateKnobs(beams=2)).translation
    assert json.loads(shell("translate", TEXT, "--beams", "2", "--json"))["translation"] == library
    assert library in shell("translate", TEXT, "--beams", "2")
    response = TestClient(app).post("/v1/translate", data={"text": TEXT, "beams": "2"})
    assert response.json()["translation"] == library
    page = AppTest.from_file(str(ROOT / "pages" / "translate.py"), default_timeout=120)
    page.query_params["text"], page.query_params["beams"] = TEXT, "2"
    page.run()
    assert not page.exception
    assert not page.error
    done = subprocess.run(
        [sys.executable, "-c", page.code[0].value], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == library
    (tmp_path / "pairs.tsv").write_text("I love cats.\tJ'aime les chats.\n")
    lines = shell("evaluate", "translate", str(tmp_path / "pairs.tsv"), "--json").splitlines()
    records = [json.loads(line) for line in lines]
    assert [(record["model"], record["direction"], record["n"]) for record in records] == [
        ("translator-en-fr", "en-fr", 1),
        ("translator-fr-en", "fr-en", 1),
    ]
    assert set(records[0]) == {"model", "direction", "bleu", "chrf", "n"}


@pytest.mark.parametrize(
    ("form", "status"),
    [({"text": " "}, 422), ({"text": "x" * 5001}, 413), ({"text": "a", "direction": "en-de"}, 422), ({}, 422)],
)
def test_errors_are_sentences(form: dict[str, str], status: int) -> None:
    response = TestClient(app).post("/v1/translate", data=form)
    assert response.status_code == status
    assert response.json()["error"].endswith(".")
