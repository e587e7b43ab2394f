"""The recipe of the translators: what is held out is not learnt, and no letter is lost on the way through sub-words."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from training.translate.pairs import Pairs, split
from training.translate.recipe import bleu, initialised, padded, rows
from training.translate.vocabulary import build
from zoo.exhibits.translate.text import plain
from zoo.nets.translator import BEGIN, END, PAD

ENGLISH = [f"I saw {count} cats, and {count} dogs." for count in range(2000)]
FRENCH = [f"J'ai vu {count % 500} chats et {count % 500} chiens à Noël !" for count in range(2000)]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return build([*ENGLISH, *FRENCH], 600)


def test_no_sentence_is_on_both_sides() -> None:
    learnt, held = split(Pairs(ENGLISH, FRENCH))
    assert 0 < len(held) < len(learnt)
    assert not {text.lower() for text in learnt.english} & {text.lower() for text in held.english}
    assert not {text.lower() for text in learnt.french} & {text.lower() for text in held.french}
    assert learnt.sides("fr-en") == (learnt.french, learnt.english)


def test_spaces_apostrophes_and_accents_have_one_form() -> None:
    assert plain("L\u2019e\u0301te\u0301\u00a0!  ") == "L'\u00e9t\u00e9 !"


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).map(plain))
def test_text_survives_its_sub_words(tokenizer: Tokenizer, text: str) -> None:
    marks = ("<pad>", "<unk>", "<s>", "</s>", "\u2581", "<0x")
    encoding = tokenizer.encode(text)
    assert (encoding.ids[0], encoding.ids[-1]) == (BEGIN, END)
    if not any(mark in text for mark in marks):
        assert tokenizer.decode(encoding.ids) == text


def test_translations_are_measured(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    network = initialised(tokenizer, dropout=0.0)
    assert 0 <= bleu(network, tokenizer, ENGLISH[:3], FRENCH[:3]) < 20
    source = padded(rows([*ENGLISH[:3], "I"], tokenizer))
    assert source.dtype == torch.int64
    assert source[-1, -1] == PAD
