"""Translate: sentences, lines and batches, attention weights, directions, and the page."""

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.apps import app_at
from tests.interfaces.shell import ROOT, shell
from zoo.api.app import app
from zoo.core.errors import InputError, NotFoundError, TooLargeError
from zoo.core.snippets import snippets
from zoo.exhibits import find_operation
from zoo.exhibits.translate import (
    DIRECTIONS,
    MAX_CHARACTERS,
    TranslateKnobs,
    align,
    alignment,
    evaluate,
    model_of,
    pivot_languages,
    translate,
    translate_texts,
)
from zoo.exhibits.translate.cross_attention import words_of
from zoo.exhibits.translate.sentences import MAX_SENTENCE, split_sentences
from zoo.exhibits.translate.text import normalize

BUNDLED = [direction for direction in DIRECTIONS if direction.bundled]
OTHERS = [direction for direction in DIRECTIONS if not direction.bundled]
EN_FR = "translator-en-fr"
TEXT = "I love cats. Where is the station?"


@given(st.text(max_size=600))
def test_sentences_are_short_and_lose_nothing(text: str) -> None:
    sentences = split_sentences(text)
    assert all(0 < len(part) <= MAX_SENTENCE for part in sentences)
    assert "".join(sentences).replace(" ", "") == normalize(text).replace(" ", "")


@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_gives_what_single_texts_give_and_lines_stay_lines(beams: int) -> None:
    texts = ["Good morning.", "I love cats. Where is the station?\n\nIt rains.", "", "No."]
    outputs = translate_texts(EN_FR, texts, beams)
    assert outputs == [translate_texts(EN_FR, [text], beams)[0] for text in texts]
    assert outputs[1].count("\n") == 2
    assert outputs[2] == ""


def test_a_text_is_translated_sentence_by_sentence() -> None:
    result = translate(TEXT)
    assert [pair.source for pair in result.sentences] == ["I love cats.", "Where is the station?"]
    assert result.translation == " ".join(pair.translation for pair in result.sentences)


@pytest.mark.parametrize(
    "text",
    ["🎉", "﷽ مرحبا", "a\0b", "\ud800", "<b>Hi</b>", "...", "x" * MAX_CHARACTERS, "word " * 900, "1 2 3"],
)
def test_any_text_has_a_translation(text: str) -> None:
    assert isinstance(translate(text, TranslateKnobs(beams=1)).translation, str)


def test_unusable_texts_and_models_are_refused() -> None:
    for text in ("", " \n", "\u2028"):
        with pytest.raises(InputError, match="nothing to translate"):
            translate(text)
    with pytest.raises(TooLargeError, match="5,000"):
        translate("x" * 1_000_000)
    with pytest.raises(InputError, match="not of translate"):
        translate_texts("tweet-lstm", ["a"])
    with pytest.raises(NotFoundError):
        translate_texts("translator-en-xx", ["a"])


# Directions


def test_the_knob_offers_every_direction_of_the_table() -> None:
    codes = [direction.code for direction in DIRECTIONS]
    assert list(get_args(TranslateKnobs.model_fields["direction"].annotation)) == codes
    assert len(set(codes)) == len(codes)
    assert {direction.reverse.code for direction in DIRECTIONS} == set(codes)


@pytest.mark.parametrize("direction", OTHERS, ids=lambda direction: direction.code)
def test_a_direction_without_a_bundled_model_names_the_engine_that_has_it(direction) -> None:  # type: ignore[no-untyped-def]
    assert model_of("marian", direction.code) == f"hub/opus-mt-{direction.code}"
    with pytest.raises(InputError, match=f"{direction.title}: choose the engine marian"):
        translate("a", TranslateKnobs(direction=direction.code))


def test_languages_of_back_translation_follow_from_the_directions() -> None:
    assert pivot_languages("bundled") == {"fr": "French"}
    assert pivot_languages("marian") == {"fr": "French", "es": "Spanish"}


# Attention weights


def test_attention_weights_over_the_source_words_sum_to_one() -> None:
    (pair,) = translate("The little girl sleeps.").sentences
    sentence = align(pair.source, pair.translation, EN_FR)
    assert sentence.source == ("The", "little", "girl", "sleeps.")
    assert sentence.target == tuple(pair.translation.split())
    assert sentence.weights.shape == (len(sentence.target), 4)
    np.testing.assert_allclose(sentence.weights.sum(1), 1, atol=1e-5)


def test_alignment_translates_and_aligns_each_sentence() -> None:
    knobs = TranslateKnobs(beams=1)
    result, translation = alignment(f"{TEXT}\n\n", knobs), translate(f"{TEXT}\n\n", knobs)
    assert (result.translation, result.model) == (translation.translation, EN_FR)
    for sentence, pair in zip(result.sentences, translation.sentences, strict=True):
        np.testing.assert_array_equal(sentence.weights, align(pair.source, pair.translation, EN_FR).weights)


def test_marian_has_no_attention_weights() -> None:
    with pytest.raises(InputError, match="choose the engine bundled"):
        alignment(TEXT, TranslateKnobs(engine="marian"))


def test_aligning_leaves_no_hook() -> None:
    from zoo.core.runtime import get_runtime

    align("A dog.", "Un chien.", EN_FR)
    hooks = get_runtime().run(lambda model: [len(m._forward_pre_hooks) for m in model.modules()], EN_FR)
    assert sum(hooks) == 0


def test_tokens_are_joined_to_words() -> None:
    assert words_of([]) == ((), [])
    assert words_of(["▁a", "b", "▁c", "?"]) == (("ab", "c?"), [0, 0, 1, 1])
    assert words_of(["a", "▁b"]) == (("ab",), [0, 0])  # a first token without its space


# Evaluation


def test_scores_are_those_of_sacrebleu(tmp_path: Path) -> None:
    english, french = ["I love cats.", "Where is he?"], ["J'adore les chats.", "Où est-il ?"]
    file = tmp_path / "pairs.tsv"
    file.write_text("".join(f"{one}\t{other}\tmore\n" for one, other in zip(english, french, strict=True)))
    for code, sources, references in (("en-fr", english, french), ("fr-en", french, english)):
        model = model_of("bundled", code)
        evaluation = evaluate(file, model)
        outputs = translate_texts(model, sources, TranslateKnobs().beams)
        assert (evaluation.direction, evaluation.n) == (code, 2)
        assert evaluation.bleu == pytest.approx(sacrebleu.corpus_bleu(outputs, [references]).score)
        assert evaluation.chrf == pytest.approx(sacrebleu.corpus_chrf(outputs, [references]).score)


@pytest.mark.parametrize("content", [b"", b"one column\n", b"a\tb\nc\n", b"\xff\xfe\x00a\tb"])
def test_a_file_without_pairs_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_bytes(content)
    with pytest.raises(InputError, match=r"pairs\.tsv.*English, a tab, French"):
        evaluate(tmp_path / "pairs.tsv", EN_FR)
    with pytest.raises(InputError, match="no file"):
        evaluate(tmp_path / "missing.tsv", EN_FR)


def test_the_command_evaluates_every_bundled_translator(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("I love cats.\tJ'aime les chats.\n")
    lines = shell("evaluate", "translate", str(tmp_path / "pairs.tsv"), "--json").splitlines()
    records = [json.loads(line) for line in lines]
    assert [(record["model"], record["direction"], record["n"]) for record in records] == [
        (direction.bundled, direction.code, 1) for direction in BUNDLED
    ]
    assert set(records[0]) == {"model", "direction", "bleu", "chrf", "n"}


# Interfaces


def page(**parameters: str) -> AppTest:
    test = app_at("translate.py")
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def test_terminal_and_page_give_the_librarys_translation() -> None:
    knobs = TranslateKnobs(beams=2)
    expected = translate(TEXT, knobs).translation
    assert expected in shell("translate", TEXT, "--beams", "2")
    shown = page(text=TEXT, beams="2")
    assert not shown.error
    code = snippets(find_operation("translate"), {"text": TEXT}, knobs, "http://localhost:8501").python
    assert code in [block.value for block in shown.code]
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_terminal_shows_the_strongest_source_word_of_each_target_word() -> None:
    result = alignment(TEXT, TranslateKnobs(beams=1))
    lines = shell("translate-alignment", TEXT, "--beams", "1").splitlines()
    assert lines[0] == result.translation
    assert len(lines) == 1 + sum(1 + len(sentence.target) for sentence in result.sentences)


@pytest.mark.parametrize("direction", OTHERS, ids=lambda direction: direction.code)
def test_the_page_offers_to_download_what_is_not_bundled(direction, monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    shown = page(direction=direction.code)
    assert not shown.error
    assert any(button.label.startswith("Download 310 MB") for button in shown.button)
    assert f"{direction.title} has one engine: marian." in [caption.value for caption in shown.caption]


@pytest.mark.parametrize(
    ("form", "status"),
    [({"text": " "}, 422), ({"text": "x" * 5001}, 413), ({"text": "a", "direction": "en-de"}, 422), ({}, 422)],
)
def test_errors_are_sentences(form: dict[str, str], status: int) -> None:
    response = TestClient(app).post("/v1/translate", data=form)
    assert response.status_code == status
    assert response.json()["detail"].endswith(".")
