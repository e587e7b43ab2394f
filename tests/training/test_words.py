"""The tables of Augment: WordNet's files, what may stand for what, what is offensive, the corpus, and the tagger."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.words import offensive, table, tagging
from training.words.candidates import antonyms, forms_of, is_plain, shared_senses, synonyms_by_sense
from training.words.corpus import Corpus, tweets
from training.words.offensive import Offensive, is_listed
from training.words.substitution import replaced
from training.words.tagging import accuracy, fit, read_sentences
from training.words.wordnet import WordNet, read_wordnet
from zoo.exhibits.augment.tagger import tag
from zoo.exhibits.augment.words import Synonym, read_lexicon

# Offset, words, relations (symbol and offset) and gloss of synsets of nouns.
SYNSETS = {
    1: (["boat", "dinghy"], [("@", 2)], "a small vessel"),
    2: (["craft"], [("~", 1)], "a vessel"),
    3: (["boat", "lout"], [], "(disparaging) a rude person"),
    4: (["churl"], [(";u", 5)], "a rude person"),
    5: (["disparagement"], [], "a way to belittle somebody"),
    6: (["fool"], [("~", 7)], "a person without sense"),
    7: (["noodle"], [("@", 6)], "a silly person"),
    8: (["noodle", "pasta"], [("!", 9)], "a ribbon of dough"),
    9: (["barque", "craft"], [], "a sailing ship"),
}
SENSES = ["boat 1 1 8", "boat 3 2 1", "dinghy 1 1 2", "craft 2 1 3", "craft 9 2 0", "lout 3 1 0", "churl 4 1 0"]
SENSES += ["disparagement 5 1 0", "fool 6 1 0", "noodle 8 1 5", "noodle 7 2 0", "pasta 8 1 0", "barque 9 1 0"]


@pytest.fixture
def wordnet(tmp_path: Path) -> WordNet:
    lines = ["  1 This software"]
    for offset, (words, relations, gloss) in SYNSETS.items():
        cells = [f"{offset:08d}", "06", "n", f"{len(words):02x}", *(f"{word} 0" for word in words)]
        cells += [f"{len(relations):03d}", *(f"{symbol} {other:08d} n 0000" for symbol, other in relations)]
        lines.append(f"{' '.join(cells)} | {gloss}  ")
    for name in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{name}").write_text("\n".join(lines) if name == "noun" else "")
    rows = [row.split() for row in SENSES]
    index = "\n".join(f"{word}%1:06:00:: {int(of):08d} {number} {count}" for word, of, number, count in rows)
    (tmp_path / "index.sense").write_text(index)
    return read_wordnet(tmp_path)


@pytest.fixture
def corpus() -> Corpus:
    corpus = Corpus()
    corpus.add(["I sail the old boat in the bay today"] * 40, 1)
    corpus.add(["I sail the old dinghy in the bay today"] * 20, 1)
    corpus.add(["I sail the old craft in the bay today"] * 20, 1)
    return corpus


def test_senses_are_ordered_by_count_and_have_probabilities(wordnet: WordNet) -> None:
    senses = wordnet.senses["boat", "n"]
    assert [wordnet.synsets[id_].words for id_ in senses] == [("boat", "dinghy"), ("boat", "lout")]
    assert sum(senses.values()) == pytest.approx(1)
    assert next(iter(senses.values())) > 0.8
    assert [synset.words for synset in wordnet.below(("n", "00000006"))] == [("fool",), ("noodle",)]


def test_words_share_a_synset_or_adjacent_ones(wordnet: WordNet) -> None:
    boat = ("n", "00000001")
    shared = shared_senses("boat", "n", wordnet, frozenset({"craft"}))
    assert shared["dinghy"] == {boat: 1.0}
    assert shared["craft"][boat] == pytest.approx(wordnet.senses["craft", "n"]["n", "00000002"])
    # A narrower noun says more.
    assert "dinghy" not in shared_senses("craft", "n", wordnet, frozenset())
    assert "dinghy" in shared_senses("craft", "n", wordnet, frozenset({"dinghy"}))


def test_antonyms_are_those_of_a_sense_and_what_is_similar_to_them(wordnet: WordNet) -> None:
    assert antonyms("pasta", "n", wordnet) == {"barque", "craft"}
    assert antonyms("boat", "n", wordnet) == frozenset()


def test_offensive_is_what_a_list_or_wordnet_says_of_any_sense(
    wordnet: WordNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offensive, "SUBTREES", {"n": ("fool",)})
    monkeypatch.setattr(offensive, "listed_words", lambda: frozenset({"blast"}))
    is_offensive = Offensive(wordnet)
    # By its gloss, by its usage, below a root, and in every form of a listed word.
    assert all(map(is_offensive, ("lout", "boat", "churl", "fool", "noodle", "blast", "blasting", "blasts", "blaster")))
    assert not any(map(is_offensive, ("dinghy", "pasta", "blastula")))


@given(st.sampled_from(["darn", "heck", "blast", "try", "stop"]), st.sampled_from(["n", "v"]))
def test_every_inflection_of_a_listed_word_is_listed(word: str, part: str) -> None:
    assert all(is_listed(form, frozenset({word})) for form in forms_of(word, part).values())


def test_only_frequent_plain_words_stand_for_others(wordnet: WordNet, corpus: Corpus) -> None:
    boat = frozenset({("n", "00000001")})
    found = synonyms_by_sense("boat", "n", wordnet, frozenset({"vessel"}), corpus, is_plain)
    assert found == {"dinghy": boat, "craft": boat}
    assert synonyms_by_sense("boat", "n", wordnet, frozenset(), Corpus(), is_plain) == {}
    usable = synonyms_by_sense("boat", "n", wordnet, frozenset(), corpus, lambda word: word != "dinghy")
    assert usable == {"craft": boat}
    corpus.add(["I sail the old vessel in the bay today"] * 20, 1)
    # Of a word that another wordnet lists no sense is known.
    assert synonyms_by_sense("boat", "n", wordnet, frozenset({"vessel"}), corpus, is_plain)["vessel"] == frozenset()


def embed(sentences: Sequence[str]) -> np.ndarray:
    """Vectors of word counts, in which a boat is a dinghy."""
    words = ["boat", "dinghy", "craft", "sail"]
    counts = np.array([[1 + sentence.split().count(word) for word in words] for sentence in sentences], np.float32)
    counts[:, 0] += counts[:, 1]
    counts[:, 1] = 0
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def test_sentences_judge_synonyms(wordnet: WordNet, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "JUDGED_FROM", 10)
    boat = frozenset({("n", "00000001")})
    candidates = {("boat", "n"): {"dinghy": boat, "craft": boat}}
    judge = table.Judge(corpus, wordnet, table.word_vectors(candidates, embed), embed)
    kept = table.judge_all(candidates, judge)["boat", "n"]
    assert set(kept) == {"dinghy"}
    assert 0.9 < kept["dinghy"] <= 1


def test_the_table_is_what_the_exhibit_reads(wordnet: WordNet, corpus: Corpus) -> None:
    boat = frozenset({("n", "00000001")})
    candidates = {("boat", "n"): {"dinghy": boat, "craft": boat}}
    lexicon = read_lexicon(table.make_table(candidates, {("boat", "n"): {"dinghy": 0.9}}, wordnet, corpus, ["the"]))
    assert lexicon.forms["dinghy", "n"] == {"NN": "dinghy", "NNS": "dinghies"}
    assert lexicon.lemmas["boats", "NNS"] == "boat"
    entry = lexicon.entries["boat", "n"]
    assert entry.synonyms == {"dinghy": Synonym(0.9, frozenset({0}))}
    assert "vessel" in entry.senses[0].signature
    assert lexicon.only == {"boat": "n", "dinghy": "n"}


# The corpus


def test_held_out_tweets_are_the_rest_of_the_others(tmp_path: Path) -> None:
    texts = [f"tweet number {number}" for number in range(300)]
    (tmp_path / "tweets").mkdir()
    pd.DataFrame({"text": [*texts, *texts[:50]]}).to_parquet(tmp_path / "tweets" / "a.parquet")
    kept, held_out = (list(tweets(tmp_path, held_out=held_out)) for held_out in (False, True))
    assert sorted(kept + held_out) == sorted(texts)
    assert 10 < len(held_out) < 60


@given(st.lists(st.sampled_from(["ab", "cd", "ef", "gh"]), min_size=1, max_size=60), st.integers(1, 300))
def test_overlap_of_neighbours_is_a_fraction_and_1_for_the_word_itself(before: list[str], count: int) -> None:
    corpus = Corpus(pairs=Counter({(word, random.Random(word).choice("xy")): count for word in before}))
    assert 0 <= corpus.overlap(["x"], ["y"]) <= 1
    assert corpus.overlap(["x"], ["x"]) == pytest.approx(1)


def test_a_replaced_word_keeps_capitals_and_punctuation() -> None:
    assert replaced((["(Boats)!", "float"], 0), "dinghies") == "(Dinghies)! float"


# The tagger

CONLLU = """# text = I can't sail (it).
1\tI\ti\tPRON\tPRP\t_\t4\tnsubj\t_\t_
2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\t_
2\tca\tcan\tAUX\tMD\t_\t4\taux\t_\tSpaceAfter=No
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tsail\tsail\tVERB\tVB\t_\t0\troot\t_\t_
5\t(\t(\tPUNCT\t-LRB-\t_\t6\tpunct\t_\tSpaceAfter=No
6\tit\tit\tPRON\tPRP\t_\t4\tobj\t_\tSpaceAfter=No
7\t)\t)\tPUNCT\t-RRB-\t_\t6\tpunct\t_\tSpaceAfter=No
8\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\t_

"""


def test_treebank_words_are_read_as_they_stand_between_spaces(tmp_path: Path) -> None:
    (tmp_path / "a.conllu").write_text(CONLLU)
    assert list(read_sentences(tmp_path / "a.conllu")) == [
        (["I", "can't", "sail", "(it)."], ["PRP", "X", "VB", "PRP"]),
    ]


def test_the_tagger_learns_the_part_of_speech_from_the_word_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "LEAST_WEIGHT", 0.1)  # the weights of so few sentences are small
    sentences = [
        (["to", "sail", "now"], ["TO", "VB", "RB"]),
        (["the", "sail", "now"], ["DT", "NN", "RB"]),
        (["to", "rest", "now"], ["TO", "VB", "RB"]),
        (["the", "rest", "now"], ["DT", "NN", "RB"]),
    ] * 5
    tagger = fit(sentences, 8, random.Random(0))
    assert accuracy(tagger, sentences) == 1
    assert tag(["to", "paint", "now"], tagger)[1] == "VB"
    assert tag(["the", "paint", "now"], tagger)[1] == "NN"
