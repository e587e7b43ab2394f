"""The recipe of the small GPT-2: no byte is lost, windows are whole, a few steps learn."""

import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training.generate import recipe
from training.generate.books import Book, numbered
from training.generate.recipe import bits_per_character, loss_of
from training.generate.vocabulary import END, build
from zoo.exhibits.generate.text import reflowed
from zoo.nets.gpt2 import GPT2

TEXT = "Right ho, Jeeves, said I. And that, as they say, was that.\n\n" * 40


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return build([TEXT], 300)


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_any_text_survives_its_sub_words(tokenizer: Tokenizer, text: str) -> None:
    if END not in text:
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@given(st.text(st.sampled_from("a b\n\r\t"), max_size=40))
def test_laid_out_text_stays_as_it_is(text: str) -> None:
    found = reflowed(text)
    assert reflowed(found) == found
    assert found.split() == text.split()
    assert "\n\n\n" not in found


def test_books_follow_each_other_with_an_end_behind_each(tokenizer: Tokenizer) -> None:
    end = tokenizer.token_to_id(END)
    row = numbered(["Right ho", "Jeeves"], tokenizer, end)
    assert row.dtype == torch.int16
    assert (row == end).sum() == 2
    assert row[-1] == end
    assert tokenizer.decode(row.tolist()) == "Right hoJeeves"


def test_uniform_odds_cost_what_they_must(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "MEASURED", 3)
    network = GPT2(300, places=16, width=8, depth=1, heads=2)
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    book = Book("a", "b", TEXT)
    row = numbered([TEXT], tokenizer, 0)
    per_piece = len(TEXT) / (len(row) - 1)
    assert bits_per_character(network, book, tokenizer) == pytest.approx(math.log2(300) / per_piece, rel=0.15)


def test_learning_attention_is_attention() -> None:
    torch.manual_seed(0)
    plain = recipe.Attention(16, 2, 0.0)
    for parameter in plain.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    learning = copy.deepcopy(plain)
    learning.__class__ = recipe.LearningAttention
    x = torch.randn(2, 9, 16)
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = learning(x, None, None)
    torch.testing.assert_close(found.float(), plain(x, None, None)[0], atol=0.2, rtol=0.05)
    assert torch.equal(learning(x, None, None)[0], plain(x, None, None)[0])  # in 32 bits it is torch's own


def test_a_few_steps_learn(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "VOCABULARY", 300)
    monkeypatch.setattr(recipe, "SHAPE", {"places": 32, "width": 16, "depth": 2, "heads": 2})
    torch.manual_seed(0)
    network = recipe.initialised(0.0)
    row = numbered([TEXT], tokenizer, 0).long()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for step in range(30):
        loss = loss_of(network, torch.stack([row[step + place : step + place + 33] for place in range(0, 200, 40)]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] == pytest.approx(math.log(300), rel=0.05)
    assert losses[-1] < 0.6 * losses[0]
