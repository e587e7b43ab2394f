"""The recipe of the translators: disjoint splits, a tokenizer that loses no letter, and a run of a few steps."""

import gzip
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training import recipes
from training.translate import bundle, recipe
from training.translate.pairs import Pairs, train_test_split, weighted
from training.translate.recipe import TranslateConfig, bleu, make_network, pad, tokenize, train
from training.translate.vocabulary import train_tokenizer
from zoo.core.cards import exhibit_cards
from zoo.exhibits.translate.text import normalize
from zoo.nets.translator import BOS_ID, EOS_ID, PAD_ID

ENGLISH = [f"I saw {count} cats, and {count} dogs." for count in range(2000)]
FRENCH = [f"J'ai vu {count % 500} chats et {count % 500} chiens à Noël !" for count in range(2000)]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer([*ENGLISH, *FRENCH], 600)


def test_no_sentence_is_in_both_splits() -> None:
    training, held_out = train_test_split(Pairs(ENGLISH, FRENCH))
    assert 0 < len(held_out) < len(training)
    assert not {text.lower() for text in training.english} & {text.lower() for text in held_out.english}
    assert not {text.lower() for text in training.french} & {text.lower() for text in held_out.french}
    assert training.sides("fr-en") == (training.french, training.english)


def test_short_pairs_are_repeated_and_long_ones_thinned() -> None:
    texts = ["one two", *[f"one two three {number}" for number in range(10)]]
    assert weighted(Pairs(texts, texts), short=2, repeats=3, every=4).english == [
        *["one two"] * 3,
        *texts[1::4],
    ]
    assert weighted(Pairs(texts, texts), short=0, repeats=1, every=1) == Pairs(texts, texts)


def test_spaces_apostrophes_and_accents_are_normalized() -> None:
    assert normalize("L\u2019e\u0301te\u0301\u00a0!  ") == "L'\u00e9t\u00e9 !"


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).map(normalize))
def test_text_survives_tokenization(tokenizer: Tokenizer, text: str) -> None:
    marks = ("<pad>", "<unk>", "<s>", "</s>", "\u2581", "<0x")
    encoding = tokenizer.encode(text)
    assert (encoding.ids[0], encoding.ids[-1]) == (BOS_ID, EOS_ID)
    if not any(mark in text for mark in marks):
        assert tokenizer.decode(encoding.ids) == text


def test_translations_are_measured(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    network = make_network(tokenizer, dropout=0.0)
    assert 0 <= bleu(network, tokenizer, ENGLISH[:3], FRENCH[:3]) < 20
    source = pad(tokenize([*ENGLISH[:3], "I"], tokenizer))
    assert source.dtype == torch.int64
    assert source[-1, -1] == PAD_ID


def test_a_run_ends_with_a_checkpoint_of_the_bundled_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pairs").mkdir()
    with gzip.open(tmp_path / "pairs" / "eng-fra.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{one}\t{other}\n" for one, other in zip(ENGLISH[:300], FRENCH[:300], strict=True))
    captions = {"split": ["train", "val"], "en": ["A dog.", "A cat."], "fr": ["Un chien.", "Un chat."]}
    pd.DataFrame(captions).to_parquet(tmp_path / "pairs" / "multi30k_train_val.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recipe, "ARCHITECTURE", {**recipe.ARCHITECTURE, "d_model": 8, "d_ff": 8})
    train(tmp_path, "tiny", TranslateConfig(direction="fr-en", epochs=1, batch_size=100))
    state = bundle.load_checkpoint("tiny")
    assert state["embedding.weight"].shape[1] == 8
    start = Path(".checkpoints/tiny.pt")
    train(tmp_path, "again", TranslateConfig(direction="fr-en", epochs=1, batch_size=100, start=start, tuned_share=0.0))
    again = bundle.load_checkpoint("again")
    assert all(torch.equal(again[name], tensor) for name, tensor in state.items())  # the mean is all of the start
    with pytest.raises(FileNotFoundError, match="training run translator-en-fr"):
        bundle.load_checkpoint("translator-en-fr")


@pytest.mark.parametrize("card", exhibit_cards("translate"), ids=lambda card: card.name)
def test_each_bundled_translator_has_its_config(card) -> None:  # type: ignore[no-untyped-def]
    config = recipes.load(card.name).config
    assert isinstance(config, TranslateConfig)
    assert config.direction == card.config["direction"]
    assert f"training run {card.name}" in (card.folder / "README.md").read_text()
