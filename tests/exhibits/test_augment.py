"""Augment: EDA as the paper defines it."""

import itertools
import json
import random
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.apps import app_at
from tests.interfaces.shell import ROOT, shell
from zoo.api.app import app
from zoo.core.errors import InputError, TooLargeError
from zoo.core.snippets import snippets
from zoo.exhibits import find_operation
from zoo.exhibits.augment import AugmentKnobs, augment
from zoo.exhibits.augment.eda import (
    WORD_OPERATIONS,
    bare,
    num_changes,
    random_deletion,
    random_insertion,
    random_swap,
    synonym_replacement,
)
from zoo.exhibits.augment.words import fits_article, is_negation, is_protected, synonyms


@pytest.fixture(scope="module", autouse=True)
def tables() -> None:
    """The tables are read here, so that no example of a property waits for them."""
    synonyms(("a", "house"))


SENTENCE = "The quick service was GREAT and the Happy waiter made our day!"
VOCABULARY = [
    "the",
    "happy",
    "dog",
    "Quick",
    "slow,",
    "@user",
    "http://t.co/x",
    "GREAT!",
    "12",
    "and",
    "film",
    "terrible",
    "not",
    "Don't",
    "movie",
    "a",
]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=30)
ALPHA = st.floats(0.05, 0.5)
SEED = st.integers(0, 10_000)


# The operations


@given(WORDS, ALPHA, SEED)
def test_replacement_changes_n_words_to_synonyms_of_theirs(words: list[str], alpha: float, seed: int) -> None:
    new = synonym_replacement(words, alpha, random.Random(seed))
    changed = [index for index, (one, other) in enumerate(zip(words, new, strict=True)) if one != other]
    choices = synonyms(tuple(words))
    assert len(changed) <= min(num_changes(words, alpha), sum(map(bool, choices)))
    for index in changed:
        assert not is_protected(words[index])
        assert new[index] in choices[index]
        assert bare(new[index]) not in {
            bare(word) for word in (*new[max(0, index - 1) : index], *new[index + 1 : index + 2])
        }


def test_replacement_changes_exactly_n_words() -> None:
    words = ["the", "happy", "man", "bought", "a", "big", "house", "and", "watched", "a", "great", "movie"]
    new = synonym_replacement(words, 0.34, random.Random(0))
    assert sum(one != other for one, other in zip(words, new, strict=True)) == 4


def test_replacement_repeats_no_word_beside_it() -> None:
    # Each is the other's synonym.
    words = ["we", "like", "film", "movie", "nights"]
    assert all(
        "film film" not in (text := " ".join(synonym_replacement(words, 0.4, random.Random(seed))))
        and "movie movie" not in text
        for seed in range(30)
    )


@given(WORDS, ALPHA, SEED)
def test_insertion_adds_n_synonyms_at_most_and_keeps_all_words_in_order(
    words: list[str], alpha: float, seed: int
) -> None:
    new = random_insertion(words, alpha, random.Random(seed))
    assert len(words) <= len(new) <= len(words) + num_changes(words, alpha)
    rest = iter(new)
    assert all(word in rest for word in words)
    offered = {
        bare(name): bare(word) for word, names in zip(words, synonyms(tuple(words)), strict=True) for name in names
    }
    present = Counter(map(bare, words))
    for word, count in Counter(map(bare, new)).items():
        if count > present[word]:  # an inserted one
            assert (count, present[word]) == (1, 0)
            assert word in offered


def test_an_inserted_synonym_stands_apart_from_its_word() -> None:
    words = ["we", "watched", "a", "movie", "in", "an", "old", "house"]
    choices = synonyms(tuple(words))
    for seed in range(60):
        new = random_insertion(words, 0.3, random.Random(seed))
        assert len(new) == len(words) + num_changes(words, 0.3)
        for index, found in enumerate(choices):
            near = {
                bare(word)
                for place, word in enumerate(new)
                if words[index] in (*new[max(0, place - 1) : place], *new[place + 1 : place + 2])
            }
            assert near.isdisjoint(found)
        assert all(fits_article(one, other) for one, other in itertools.pairwise(new))


def test_nothing_is_inserted_where_it_would_stand_beside_its_word() -> None:
    words = ["huge"]
    assert any(synonyms(tuple(words)))
    assert random_insertion(words, 0.5, random.Random(0)) == words


@given(WORDS, ALPHA, SEED)
def test_swap_keeps_the_words_and_moves_at_most_two_each_time(words: list[str], alpha: float, seed: int) -> None:
    new = random_swap(words, alpha, random.Random(seed))
    assert Counter(new) == Counter(words)
    assert sum(one != other for one, other in zip(words, new, strict=True)) <= 2 * num_changes(words, alpha)


@given(WORDS, ALPHA, SEED)
def test_deletion_leaves_a_part_in_order(words: list[str], alpha: float, seed: int) -> None:
    new = random_deletion(words, alpha, random.Random(seed))
    assert 1 <= len(new) <= len(words)
    rest = iter(words)
    assert all(word in rest for word in new)


@given(WORDS, ALPHA, SEED)
def test_no_operation_removes_or_moves_a_negation(words: list[str], alpha: float, seed: int) -> None:
    for name, operation in WORD_OPERATIONS.items():
        new = operation(words, alpha, random.Random(seed))
        assert list(filter(is_negation, new)) == list(filter(is_negation, words))
        if name in ("replace", "swap"):
            assert [is_negation(word) for word in new] == [is_negation(word) for word in words]


def test_deletion_deletes_the_fraction_alpha() -> None:
    words = [str(number) for number in range(20_000)]
    assert len(random_deletion(words, 0.3, random.Random(0))) / len(words) == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(("count", "alpha", "n"), [(1, 0.05, 1), (10, 0.1, 1), (20, 0.1, 2), (19, 0.5, 9)])
def test_n_is_alpha_times_the_words_at_least_one(count: int, alpha: float, n: int) -> None:
    assert num_changes(["word"] * count, alpha) == n


# Sentences


@given(st.text(max_size=200), SEED)
def test_any_text_gives_different_new_sentences_or_an_error_that_says_why(text: str, seed: int) -> None:
    knobs = AugmentKnobs(seed=seed % 100, outputs=5)
    if not text.replace("\0", " ").split():
        with pytest.raises(InputError, match="nothing to augment"):
            augment(text, knobs)
        return
    result = augment(text, knobs)
    texts = [output.text for output in result.outputs]
    assert len(texts) <= 5
    assert len(set(texts)) == len(texts)
    assert result == augment(text, knobs)
    for output in result.outputs:
        assert " ".join(span.text for span in output.diff if span.kind != "removed") == output.text
        before = " ".join(span.text for span in output.diff if span.kind != "added")
        assert before == " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def test_only_the_chosen_operations_are_used() -> None:
    for name in ("replace", "insert", "swap", "delete"):
        off = dict.fromkeys({"replace", "insert", "swap", "delete"} - {name}, False)
        assert {output.operation for output in augment(SENTENCE, AugmentKnobs(**off)).outputs} == {name}
    with pytest.raises(InputError, match="switch one on"):
        augment(SENTENCE, AugmentKnobs(replace=False, insert=False, swap=False, delete=False))


def test_another_seed_gives_other_sentences() -> None:
    assert augment(SENTENCE, AugmentKnobs(seed=1)) != augment(SENTENCE, AugmentKnobs(seed=2))


def test_too_long_a_text_is_refused() -> None:
    for text in ("word " * 501, "x" * 1_000_000):
        with pytest.raises(TooLargeError, match="500 words"):
            augment(text)


# Interfaces


def test_eda_imports_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys; from zoo.exhibits.augment import augment; augment('a happy dog'); "
        "sys.exit(not {'torch', 'sklearn', 'transformers'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_interface_gives_the_same_sentences() -> None:
    knobs = AugmentKnobs(alpha=0.3, outputs=4, seed=7, swap=False)
    expected = [output.text for output in augment(SENTENCE, knobs).outputs]
    options = ["--alpha", "0.3", "--outputs", "4", "--seed", "7", "--no-swap"]
    record = json.loads(shell("augment", SENTENCE, *options, "--json"))
    assert [output["text"] for output in record["outputs"]] == expected
    assert [line[8:] for line in shell("augment", SENTENCE, *options).splitlines()] == expected
    fields = {"text": SENTENCE, "alpha": "0.3", "outputs": "4", "seed": "7", "swap": "false"}
    response = TestClient(app).post("/v1/augment", data=fields).json()
    assert [output["text"] for output in response["outputs"]] == expected
    page = app_at("augment.py")
    for name, value in fields.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    code = snippets(find_operation("augment"), {"text": SENTENCE}, knobs, "http://localhost:8501").python
    assert code in [block.value for block in page.code]
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(expected)
    arguments = ("--no-replace", "--no-insert", "--no-swap", "--no-delete")
    assert "switch one on" in shell("augment", "a text", *arguments, code=2)
