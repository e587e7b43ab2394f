"""The phrases of slang, negation and irony: labels, parts that are held out, and styles that keep the words."""

import re
from random import Random

import pytest

from training.sentiment.cues import has_cue
from training.sentiment.phrases.generator import make_phrases
from training.sentiment.phrases.grammar import (
    NOTHING,
    SLOT,
    Part,
    Template,
    fill,
    is_held_out,
    load_lexicon,
    load_templates,
    sentences,
    templates_of,
)
from training.sentiment.phrases.styles import styled
from training.sentiment.tweets import NEGATIVE, NEUTRAL, POSITIVE

COUNT = 3000


def test_no_word_of_a_slot_is_both_positive_and_negative() -> None:
    words = load_lexicon().words
    for label, slot in words:
        assert len(words[label, slot]) == len(set(words[label, slot])), slot
        if label == POSITIVE:
            assert not set(words[POSITIVE, slot]) & set(words[NEGATIVE, slot]), slot


def test_no_template_of_words_alone_has_two_labels() -> None:
    labels: dict[str, set[int]] = {}
    for template in load_templates():
        if not SLOT.search(template.text):
            labels.setdefault(template.text, set()).add(template.label)
    assert not {text for text, given in labels.items() if len(given) > 1}


@pytest.mark.parametrize("label", [NEGATIVE, POSITIVE])
@pytest.mark.parametrize(("slot", "same"), [("adjective", True), ("adjective!", False)])
def test_a_slot_takes_words_of_its_label_or_of_the_opposite_one(label: int, slot: str, same: bool) -> None:
    words = load_lexicon().words[label if same else POSITIVE - label, "adjective"]
    for seed in range(50):
        text, used = fill(Template(f"it is {{{slot}}}", label, "plain"), Part.TRAINING, Random(seed))
        assert text.removeprefix("it is ") in words
        assert used == [text.removeprefix("it is ")]


@pytest.mark.parametrize("part", Part)
def test_every_slot_of_every_template_is_filled(part: Part) -> None:
    filled = sentences(part, Random(0), templates_of(part))
    assert len(filled) > 100
    assert not [text for text, _ in filled if re.search(r"[{}_]|  ", text) or not text]


def test_no_training_phrase_was_made_with_what_is_held_out() -> None:
    kept, held_out = templates_of(Part.TRAINING), templates_of(Part.NEW_TEMPLATES)
    assert not {template.text for template in kept} & {template.text for template in held_out}
    assert 0.05 < len(held_out) / len(load_templates()) < 0.15
    rng = Random(0)
    for template in kept * 3:
        assert not any(is_held_out(word) for word in fill(template, Part.TRAINING, rng)[1])
        new = [word for word in fill(template, Part.NEW_WORDS, rng)[1] if word != NOTHING]
        assert all(is_held_out(word) for word in new)
    words = {word for entries in load_lexicon().words.values() for word in entries}
    assert 0.05 < sum(map(is_held_out, words)) / len(words) < 0.15


def test_phrases_are_distinct_repeatable_and_in_one_part() -> None:
    first, again, other = (
        make_phrases(COUNT, Part.TRAINING),
        make_phrases(COUNT, Part.TRAINING),
        make_phrases(100, Part.NEW_WORDS),
    )
    assert first.texts == again.texts
    assert first.texts != make_phrases(COUNT, Part.TRAINING, seed=1).texts
    assert len(set(first.texts)) == COUNT == len(first.labels) == len(first.sources)
    assert not set(first.texts) & set(other.texts)
    share = [(first.labels == label).mean() for label in (NEGATIVE, NEUTRAL, POSITIVE)]
    assert share == pytest.approx([0.4, 0.2, 0.4], abs=0.04)
    assert not make_phrases(0, Part.TRAINING).texts


def test_a_style_keeps_the_words() -> None:
    def letters(text: str) -> str:
        return re.sub(r"(.)\1+", r"\1", "".join(char for char in text.lower() if char.isalnum()))

    sentence = "i can't say i hate this new song, it really slaps"
    variants = {styled(sentence, POSITIVE, Random(seed)) for seed in range(300)}
    assert len(variants) > 100
    assert not [text for text in variants if letters(sentence) not in letters(text)]
    assert any(text.isupper() for text in variants)
    assert any("cant" in text for text in variants)


@pytest.mark.parametrize(
    "text", ["I don't hate it", "I don’t hate it", "dont", "it's LIT", "never again", "this slaps"]
)
def test_negations_and_slang_are_cues(text: str) -> None:
    assert has_cue(text)


@pytest.mark.parametrize("text", ["noted", "a knot", "I love it", "firefly", ""])
def test_other_words_are_no_cues(text: str) -> None:
    assert not has_cue(text)
