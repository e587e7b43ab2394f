"""Sentiment of texts that are longer than a window: every token is read, and the result says in how many windows."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.apps import app_at
from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.core.cards import find_card
from zoo.core.loading import TokenizedModel
from zoo.exhibits.sentiment import (
    DEFAULT_MODEL,
    SentimentKnobs,
    TableKnobs,
    annotate_table,
    probabilities,
    rewrites,
    sentiment,
    word_contributions,
)
from zoo.exhibits.sentiment.text_classifiers import text_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText, tokenize
from zoo.exhibits.sentiment.windows import predict_texts, split_windows

TOKENIZER = Tokenizer.from_file(str(ROOT / "assets" / "models" / DEFAULT_MODEL / "tokenizer.json"))
LONG = "I love it so much. " * 60 + "I hate it, awful! " * 5


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 7)), min_size=1), st.integers(0, 1), st.integers(3, 12))
def test_windows_lose_no_token_and_end_with_words(words: list[tuple[int, int]], special: int, size: int) -> None:
    ids = [id for id, count in words for _ in range(count)]
    word_ids = [index for index, (_, count) in enumerate(words) for _ in range(count)]
    ends, none = (99,) * special, (-1,) * special
    text = TokenizedText((*ends, *ids, *ends), (*none, *word_ids, *none), ())
    windows = split_windows(text, size)
    assert all(len(window.ids) == len(window.word_ids) <= size for window in windows)
    inner = [window.ids[special : len(window.ids) - special] for window in windows]
    assert [id for window in inner for id in window] == ids
    for window in windows:
        assert (window.ids[:special], window.ids[len(window.ids) - special :]) == (ends, ends)
    for before, after in pairwise(windows):
        word = [id for id in before.word_ids if id >= 0][-1]
        longest = word_ids.count(word) > size - 2 * special
        assert longest or word not in after.word_ids


def test_the_mean_is_weighted_by_tokens() -> None:
    text = TokenizedText(tuple(range(150)), tuple(range(150)), ())
    rows = np.array([[0.2, 0.8], [1, 0]], np.float32)
    result = predict_texts([text], lambda windows: rows)
    assert result.windows == (2,)
    np.testing.assert_allclose(result.rows[0], (128 * rows[0] + 22 * rows[1]) / 150, atol=1e-6)


def test_the_end_of_a_long_text_counts() -> None:
    start = "The train leaves at noon and arrives in the evening. " * 20
    praise, complaint = (sentiment(start + end * 30).polarities[0] for end in ("I love it! ", "I hate it! "))
    assert praise > complaint + 0.1


@pytest.mark.parametrize("neutral", [True, False])
def test_a_long_text_has_the_mean_of_its_windows(neutral: bool) -> None:
    result = sentiment(LONG, SentimentKnobs(neutral=neutral))
    windows = split_windows(*tokenize([LONG], TOKENIZER))
    assert result.windows == (len(windows),)
    assert len(windows) > 1
    parts = [" ".join(LONG.split()[window.word_ids[0] : window.word_ids[-1] + 1]) for window in windows]
    expected = np.average(probabilities(DEFAULT_MODEL, parts, neutral), 0, [len(window.ids) for window in windows])
    np.testing.assert_allclose(probabilities(DEFAULT_MODEL, [LONG], neutral)[0], expected, atol=1e-4)
    batch = probabilities(DEFAULT_MODEL, ["I love it", LONG, ""], neutral)
    np.testing.assert_allclose(batch[1], expected, atol=1e-4)
    assert sentiment("short").windows == (1,)


def test_words_of_every_window_contribute() -> None:
    result = word_contributions(LONG)
    assert len(result.words) == len(LONG.split())
    assert result.windows == sentiment(LONG).windows[0]
    assert result.polarity == pytest.approx(sentiment(LONG).polarities[0], abs=1e-5)
    hated = [entry.contribution for entry in result.words if entry.word == "hate"]
    assert max(hated) < 0
    assert rewrites(LONG).rewrites[0].windows == result.windows


def test_a_hub_models_windows_have_its_special_tokens() -> None:
    tokenizer = Tokenizer.from_str(TOKENIZER.to_str())
    tokenizer.enable_truncation(16)  # as published files may ask for
    card = replace(find_card(DEFAULT_MODEL), name="hub/owner/name", source="hub", config={})
    classifier = text_classifier(card, TokenizedModel(torch.nn.Identity(), tokenizer))
    (text,) = classifier.tokenize(["word " * 300])
    assert len(text.ids) >= 300


def test_a_table_counts_the_rows_of_several_windows(tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text(f"text,id\nshort,1\n{LONG.replace(',', '')},2\n")
    result = walked(annotate_table(table, TableKnobs(), target=tmp_path / "out.csv"))[1]
    assert (result.rows, result.in_windows) == (2, 1)


def test_shell_and_page_tell_the_number_of_windows() -> None:
    count = sentiment(LONG).windows[0]
    assert f"mean of {count} windows" in shell("sentiment", LONG)
    page = app_at("sentiment.py")
    page.query_params["text"] = LONG
    page.run()
    assert not page.exception
    assert any(f"Read in {count} windows" in caption.value for caption in page.caption)
