"""Synonyms: the part of speech and the sense of a word in its sentence, its inflection, and nothing offensive."""

import functools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.words.offensive import is_listed, listed_words
from zoo.exhibits.augment import AugmentKnobs, augment
from zoo.exhibits.augment.tagger import UNTAGGED, Perceptron, load_tagger, tag
from zoo.exhibits.augment.words import (
    INFLECTIONS,
    Entry,
    Sense,
    Synonym,
    fits_article,
    is_protected,
    load_lexicon,
    match_case,
    probability_in,
    read_lexicon,
    synonyms,
)
from zoo.exhibits.augment.words import TABLE as TABLE_FILE

LEXICON = load_lexicon()
load_tagger()  # here, so that no example of a property waits for it
MIN_WORDS = 6000
FORMS = sorted({form for forms in LEXICON.forms.values() for form in forms.values()})
LISTED = listed_words()
# Two senses of one noun, a verb of the same spelling, and a phrase.
TABLE = {
    "stop_words": ["the", "a"],
    "forms": {
        "n": {"crane": "cranes", "hoist": "hoists", "wader": "waders"},
        "v": {"crane": "cranes craned craned craning", "stretch": "stretches stretched stretched stretching"},
        "a": {"tall": "taller tallest", "high": "higher highest", "lofty": "- -"},
        "r": {},
    },
    "only": {"tall": "a"},
    "entries": {
        "n": {
            "crane": [[[0.55, "lift load harbour"], [0.45, "bird nest wing"]], {"hoist": [0.55, 0], "wader": [0.5, 1]}]
        },
        "v": {"crane": [[[0.9, "neck"]], {"stretch": [0.9, 0]}]},
        "a": {"tall": [[[0.95, ""]], {"high": [0.9, 0], "lofty": [0.7]}]},
        "r": {},
    },
    "phrases": ["tall tale"],
}


def at(sentence: str, word: str) -> tuple[str, ...]:
    """The synonyms of a word of a sentence."""
    words = tuple(sentence.split())
    return synonyms(words)[words.index(word)]


@functools.cache
def is_offensive(word: str) -> bool:
    return is_listed(word, LISTED)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("zoo.exhibits.augment.words.load_lexicon", lambda: read_lexicon(TABLE))
    synonyms.cache_clear()
    yield
    synonyms.cache_clear()


# The sense


@pytest.mark.usefixtures("small")
def test_the_sentence_chooses_the_sense_and_none_is_taken_where_it_says_nothing() -> None:
    assert at("the crane will lift the load", "crane") == ("hoist",)
    assert at("the crane has a nest and a wing", "crane") == ("wader",)
    assert at("the crane was old", "crane") == ()


@pytest.mark.usefixtures("small")
def test_the_part_of_speech_is_that_of_the_context() -> None:
    assert at("they had to crane the neck", "crane") == ("stretch",)
    assert at("he craned his neck", "craned") == ("stretched",)


@pytest.mark.usefixtures("small")
def test_a_word_takes_the_inflection_of_the_one_that_it_replaces() -> None:
    assert at("the cranes lift a load", "cranes") == ("hoists",)
    assert at("a tall tower", "tall") == ("high", "lofty")
    assert at("a taller tower", "taller") == ("higher",)  # lofty has no comparative here


@pytest.mark.usefixtures("small")
def test_phrases_stay_whole() -> None:
    assert at("he told a tall tale", "tall") == ()


@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=5),
    st.lists(st.sets(st.sampled_from("abcde")), min_size=5, max_size=5),
    st.sets(st.sampled_from("abcdef")),
    st.floats(0.05, 0.95),
    st.sets(st.integers(0, 4)),
)
def test_a_sentence_raises_a_synonym_whose_senses_it_shares_words_with(
    weights: list[float], signatures: list[set[str]], context: set[str], prior: float, shared: set[int]
) -> None:
    total = 1.25 * sum(weights)
    senses = tuple(Sense(weight / total, frozenset(near)) for weight, near in zip(weights, signatures, strict=False))
    synonym = Synonym(prior, frozenset(index for index in shared if index < len(senses)))
    entry = Entry(senses, {"x": synonym})
    found = probability_in(entry, synonym, frozenset(context))
    assert 0 < found < 1
    assert probability_in(entry, synonym, frozenset()) == pytest.approx(prior)
    others = [sense for index, sense in enumerate(senses) if index not in synonym.senses]
    if all(sense.signature.isdisjoint(context) for sense in others):
        assert found >= prior - 1e-9


# The table


def test_no_form_of_any_word_in_the_table_is_listed_as_profanity() -> None:
    assert len(LISTED) > 1000
    assert [form for form in FORMS if is_offensive(form)] == []
    assert [lemma for lemma, _ in LEXICON.entries if is_offensive(lemma)] == []


def test_thousands_of_words_have_synonyms_in_a_small_file() -> None:
    assert len(LEXICON.entries) > MIN_WORDS
    assert TABLE_FILE.stat().st_size < 1_000_000


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(FORMS), min_size=1, max_size=12), st.integers(0, 99))
def test_no_new_word_is_offensive(words: list[str], seed: int) -> None:
    given_words = {word.lower() for word in words}
    knobs = AugmentKnobs(seed=seed, alpha=0.5, outputs=4)
    for output in augment(" ".join(words), knobs).outputs:
        new = {word.lower() for word in output.text.split()} - given_words
        assert not any(map(is_offensive, new))


@pytest.mark.parametrize(
    ("sentence", "word", "synonym"),
    [
        ("My cat keeps the kitchen spotless", "cat", "feline"),
        ("My cats keep the kitchen spotless", "cats", "felines"),
        ("She walked along the beach", "walked", "strolled"),
        ("She bought a small car", "bought", "purchased"),
        ("She bought a small car", "car", "automobile"),
        ("What a great film", "film", "movie"),
        ("We watched two movies", "movies", "films"),
        ("They live in an old house", "house", "home"),
        ("We started it again", "started", "began"),
        ("A big dog sat there", "big", "huge"),
    ],
)
def test_frequent_words_have_inflected_synonyms(sentence: str, word: str, synonym: str) -> None:
    assert synonym in at(sentence, word)


@pytest.mark.parametrize(
    ("sentence", "word", "other_senses"),
    [
        ("My cat keeps the kitchen spotless", "cat", {"guy", "hombre", "bozo", "man"}),
        ("It was a good film", "good", {"full", "well"}),
        ("A great actor", "actor", {"worker", "doer"}),
        ("I want to see that film", "see", {"meet", "date"}),
        ("who is in charge of making decisions", "making", {"production"}),
        ("she tried calling them again", "calling", {"job", "career"}),
    ],
)
def test_a_word_keeps_its_sense(sentence: str, word: str, other_senses: set[str]) -> None:
    assert other_senses.isdisjoint(at(sentence, word))


@pytest.mark.parametrize("word", ["cock", "bitch", "fairy", "queen", "pansy"])
def test_a_word_with_an_offensive_sense_has_no_synonyms(word: str) -> None:
    assert at(f"the {word} was there", word) == ()


def test_every_synonym_has_an_inflection_of_its_word() -> None:
    for (lemma, part), entry in LEXICON.entries.items():
        assert set(LEXICON.forms[lemma, part]) <= set(INFLECTIONS[part])
        assert sum(sense.probability for sense in entry.senses) <= 1.02
        for name, synonym in entry.synonyms.items():
            assert name != lemma
            assert LEXICON.forms[name, part][INFLECTIONS[part][0]] == name
            assert synonym.senses <= set(range(len(entry.senses)))


@given(
    st.lists(
        st.sampled_from([*FORMS[::37], "the", "a", "an", "@user", "#tag", "IT'S", "it.", "(", "Mark"]), max_size=15
    )
)
@settings(deadline=None)
def test_synonyms_keep_capitals_punctuation_and_articles(words: list[str]) -> None:
    for index, found in enumerate(synonyms(tuple(words))):
        for synonym in found:
            assert not is_protected(words[index])
            assert synonym[0].isupper() is words[index][0].isupper()
            assert synonym.lower() != words[index].lower()
            assert fits_article(words[index - 1] if index else "", synonym)


# Words that are left alone


def test_stop_words_names_and_links_have_no_synonyms() -> None:
    for word in ("the", "And", "@user", "https://t.co/x", "12", "😀", "don't", "#happy"):
        assert is_protected(word)
        assert synonyms((word,)) == ((),)


def test_synonyms_keep_capitals_and_punctuation() -> None:
    assert "(Automobile)!" in at("She bought a small (Car)!", "(Car)!")
    assert "AUTOMOBILE" in at("She bought a small CAR", "CAR")
    assert match_case("glad", "I") == "Glad"


# The tagger


def test_tags_follow_the_context() -> None:
    words = ["I", "will", "film", "the", "film", "in", "the", "old", "house"]
    tags = tag(words)
    assert (tags[2], tags[4], tags[8]) == ("VB", "NN", "NN")
    assert tag(["@user", "https://t.co", "😀", "12"]) == [UNTAGGED] * 4


def test_capitals_alone_change_no_tag() -> None:
    words = ["the", "happy", "dogs", "walked", "to", "the", "old", "house"]
    assert tag([word.upper() for word in words]) == tag(words)


def test_an_uncertain_tag_is_left_out() -> None:
    even = Perceptron({"bias": {"NN": 1.0, "VB": 0.5}}, {}, ("NN", "VB"))
    assert tag(["dax"], even) == ["NN"]
    assert tag(["dax"], even, margin=0.6) == [UNTAGGED]


@given(st.lists(st.text(min_size=1, max_size=12), max_size=12))
def test_any_words_get_a_tag_each(words: list[str]) -> None:
    assert len(tag(words)) == len(words)
