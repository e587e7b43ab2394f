"""The recipe of the small GPT-2: tokenization is lossless, losses are right, a few steps of training lower them."""

import copy
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training import recipes
from training.generate import recipe
from training.generate.books import Book, tokenize
from training.generate.recipe import GenerateConfig, bits_per_character, language_modeling_loss
from training.generate.vocabulary import train_tokenizer
from training.run import CHECKPOINTS
from zoo.exhibits.generate.text import EOS_TOKEN, reflow
from zoo.nets.gpt2 import GPT2

TEXT = "Right ho, Jeeves, said I. And that, as they say, was that.\n\n" * 40


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer([TEXT], 300)


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_tokenization_is_lossless(tokenizer: Tokenizer, text: str) -> None:
    if EOS_TOKEN not in text:
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@given(st.text(st.sampled_from("a b\n\r\t"), max_size=40))
def test_reflowing_twice_changes_nothing(text: str) -> None:
    reflowed = reflow(text)
    assert reflow(reflowed) == reflowed
    assert reflowed.split() == text.split()
    assert "\n\n\n" not in reflowed


def test_an_end_token_follows_each_book(tokenizer: Tokenizer) -> None:
    eos_token_id = tokenizer.token_to_id(EOS_TOKEN)
    ids = tokenize(["Right ho", "Jeeves"], tokenizer, eos_token_id)
    assert ids.dtype == torch.int16
    assert (ids == eos_token_id).sum() == 2
    assert ids[-1] == eos_token_id
    assert tokenizer.decode(ids.tolist()) == "Right hoJeeves"


def test_bits_per_character_of_a_uniform_distribution(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "N_MEASURED", 3)
    network = GPT2(vocab_size=300, n_positions=16, d_model=8, n_layers=1, n_heads=2)
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    book = Book("a", "b", TEXT)
    ids = tokenize([TEXT], tokenizer, 0)
    characters_per_token = len(TEXT) / (len(ids) - 1)
    assert bits_per_character(network, book, tokenizer) == pytest.approx(
        math.log2(300) / characters_per_token, rel=0.15
    )


def test_attention_for_training_equals_attention() -> None:
    torch.manual_seed(0)
    reference = recipe.Attention(d_model=16, n_heads=2, dropout=0.0)
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    attention = copy.deepcopy(reference)
    attention.__class__ = recipe.TrainingAttention
    x = torch.randn(2, 9, 16)
    with torch.autocast("cpu", torch.bfloat16):
        output, _ = attention(x, None, None)
    torch.testing.assert_close(output.float(), reference(x, None, None)[0], atol=0.2, rtol=0.05)
    assert torch.equal(attention(x, None, None)[0], reference(x, None, None)[0])  # in float32 it is torch's own


def test_a_few_steps_of_training_lower_the_loss(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "VOCAB_SIZE", 300)
    monkeypatch.setattr(recipe, "ARCHITECTURE", {"n_positions": 32, "d_model": 16, "n_layers": 2, "n_heads": 2})
    torch.manual_seed(0)
    network = recipe.make_network(0.0)
    ids = tokenize([TEXT], tokenizer, 0).long()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for step in range(30):
        starts = range(step, step + 200, 40)
        loss = language_modeling_loss(network, torch.stack([ids[start : start + 33] for start in starts]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] == pytest.approx(math.log(300), rel=0.05)
    assert losses[-1] < 0.6 * losses[0]


def test_configs_form_a_chain() -> None:
    names = [f"jeeves-{books}-{n}" for n in (1, 2) for books in ("novels", "wodehouse")]
    configs = [recipes.load(name).config for name in names]
    assert all(isinstance(config, GenerateConfig) for config in configs)
    assert [config.init_from for config in configs] == ["", *names[:-1]]  # type: ignore[attr-defined]


def test_training_writes_a_checkpoint_that_another_run_starts_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recipe, "VOCAB_SIZE", 300)
    monkeypatch.setattr(recipe, "ARCHITECTURE", {"n_positions": 16, "d_model": 8, "n_layers": 1, "n_heads": 2})
    monkeypatch.setattr(recipe, "N_MEASURED", 1)
    library = [Book("a", "wodehouse", TEXT), Book("pg6880.txt", "wodehouse", TEXT)]
    monkeypatch.setattr(recipe, "load_books", lambda data: library)
    config = GenerateConfig(books="wodehouse", batch_size=4, epoch_fraction=0.2)
    recipe.train(tmp_path, "first", config)
    recipe.train(tmp_path, "second", config.model_copy(update={"init_from": "first", "seed": 1}))
    states = [torch.load(CHECKPOINTS / f"{name}.pt", weights_only=True) for name in ("first", "second")]
    assert all(state["step"] == state["total"] > 0 for state in states)
    assert states[0]["network"].keys() == states[1]["network"].keys()
