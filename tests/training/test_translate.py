"""The recipe of the translators: disjoint splits, a tokenizer that loses no letter, and a run of a few steps."""

import gzip
import re
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

import zoo
from benchmarks.everyday.measure import normalized, translations
from training import recipes
from training.translate import bundle, recipe
from training.translate.pairs import Pairs, phrase_book, repeated, train_test_split, weighted, without
from training.translate.recipe import TranslateConfig, bleu, make_network, pad, tokenize, train
from training.translate.vocabulary import train_tokenizer
from zoo.core.cards import exhibit_cards
from zoo.exhibits.translate.text import normalize
from zoo.nets.translator import BOS_ID, EOS_ID, PAD_ID

ENGLISH = [f"I saw {count} cats, and {count} dogs." for count in range(2000)]
FRENCH = [f"J'ai vu {count % 500} chats et {count % 500} chiens à Noël !" for count in range(2000)]

EVERYDAY = {"translator-en-fr": 88, "translator-fr-en": 87}  # right of the 100 sentences that visitors type first
PHRASES = {"translator-en-fr": 0.7, "translator-fr-en": 0.5}  # translated in the very words of the phrase book


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


def test_the_phrase_book_is_spelt_as_the_data_are() -> None:
    book = phrase_book()
    pairs = list(zip(book.english, book.french, strict=True))
    assert 400 <= len(set(pairs)) == len(pairs) <= 600
    for english, french in pairs:
        assert (normalize(english), normalize(french)) == (english, french)
        assert re.fullmatch(r"[^.!?]+[.!?]?( [^.!?]+[.!?])*", english), english
        assert re.fullmatch(r"[^.!?]*[^.!? ](\.| !| \?)?( [^.!?]*[^.!? ](\.| !| \?))*", french), french
        assert (english[-1] in ".!?") == (french[-1] in ".!?"), english


def test_the_phrase_book_is_repeated_with_every_third_as_it_is_typed() -> None:
    book = Pairs(["Good night, Emma!", "Thanks."], ["Bonne nuit, Emma !", "Merci."])
    typed = Pairs(["good night, emma", "thanks"], ["bonne nuit, emma", "merci"])
    assert repeated(book, 0) == Pairs([], [])
    assert repeated(book, 4) == book + book + typed + book


def test_a_phrase_is_not_held_out_in_either_language() -> None:
    held_out = Pairs(["Hello!", "He quit.", "Hey!"], ["Salut !", "Il a fini.", "Bonjour !"])
    book = Pairs(["HELLO!"], ["bonjour !"])
    assert without(held_out, book) == Pairs(["He quit."], ["Il a fini."])


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
    mean = {"start": start, "tuned_share": 0.0, "book_repeats": 2}
    train(tmp_path, "again", TranslateConfig(direction="fr-en", epochs=1, batch_size=100, **mean))
    steps = torch.load(".checkpoints/again.pt", weights_only=True)["total"]
    assert steps == (len(recipe.load_pairs(tmp_path)[0]) + 2 * len(phrase_book())) // 100
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


@pytest.mark.slow
@pytest.mark.parametrize("card", exhibit_cards("translate"), ids=lambda card: card.name)
def test_each_bundled_translator_says_what_everybody_says(card) -> None:  # type: ignore[no-untyped-def]
    answers = list(translations(card.name))
    assert sum(right for *_, right in answers) >= EVERYDAY[card.name]
    sources, targets = phrase_book().sides(card.config["direction"])
    accepted: dict[str, set[str]] = {}
    for source, target in zip(sources, targets, strict=True):
        accepted.setdefault(source, set()).add(normalized(target))
    phrases = list(accepted)[::6]
    translated = zoo.translate(text="\n".join(phrases), direction=card.config["direction"]).translation.split("\n")
    right = [normalized(text) in accepted[phrase] for phrase, text in zip(phrases, translated, strict=True)]
    assert sum(right) >= PHRASES[card.name] * len(phrases)
