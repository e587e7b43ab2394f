"""The table of synonyms: which words may stand for which, by WordNet's senses and by the sentences of the corpus."""

import json
import random
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from gzip import open as open_gzip
from pathlib import Path
from typing import Any

import numpy as np
import typer

from training.words.candidates import TAGS, antonyms, forms_of, is_gerund, is_plain, synonyms_by_sense, uses
from training.words.corpus import Corpus
from training.words.offensive import Filter
from training.words.substitution import KEPT, Embed, relative_distances
from training.words.wordnet import HYPERNYM, HYPONYM, SIMILAR, SynsetId, WordNet
from zoo.exhibits.augment.words import CREDIT, INFLECTIONS, LEAST_PROBABILITY, MISSING

LEAST_USES = 3  # of a word in the corpus
CONTROL_USES = 60  # of a random word
JUDGED_FROM = 100  # uses: rarer words have too few sentences, and are judged by themselves
MANY_FROM = 880  # uses: of the 400 most frequent words, less likely synonyms are tried in sentences too
# What a synonym is taken to move sentences where none was tried, from so many uses of a word on: frequent words have
# more senses.
USUAL_DISTANCES = ((60, 0.5), (0, 0.3))
MOST_DISTANCE = 0.38  # that a synonym may move sentences, of what a random word moves them
NEAREST = ((200, 6), (0, 3))  # from so many uses of a word on, so many synonyms are tried
# The score of a synonym: similarity, less the mean distance that it moves sentences relative to a random word, plus
# the weighted probability of the senses that it shares.
SHARE_WEIGHT = 0.3
LEAST_SCORE, LEAST_SCORE_OF_SYNSET = 0.42, 0.25  # of any synonym, and of one in a synset of the word
BEST_DISTANCE = 0.1  # that a good synonym moves sentences
LEAST_OVERLAP = 0.12  # of the words before, or after, a word and a synonym
LEAST_SENSE = 0.03  # probability of a sense that is kept
# What WordNet does not mark and an embedding does not tell apart.
OPPOSITES = ({"terrible", "terrific"}, {"horrible", "terrific"}, {"awful", "terrific"}, {"dreadful", "terrific"})
MAX_SENSES, MAX_SIGNATURE = 5, 16
LETTERS = re.compile(r"[a-z]{3,}")

Entry = tuple[str, str]  # a word and its part of speech
Synonyms = dict[Entry, dict[str, frozenset[SynsetId]]]  # and the senses of the word that each shares
Vectors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Judge:
    """What tells whether a synonym keeps the meaning: sentences, and vectors of words by themselves."""

    corpus: Corpus
    wordnet: WordNet
    vectors: Vectors
    embed: Embed

    def similarity(self, word: str, other: str) -> float:
        """The cosine, in [-1, 1]."""
        return float(self.vectors[word] @ self.vectors[other])

    def probability(self, entry: Entry, senses: Iterable[SynsetId]) -> float:
        """The probability in [0, 1] of some senses of a word."""
        return sum(self.wordnet.senses.get(entry, {}).get(id_, 0.0) for id_ in senses)


def read_lists(data: Path) -> tuple[dict[str, dict[str, list[str]]], list[str]]:
    """Open English WordNet's synonyms by lemma and part of speech, and NLTK's English stop words."""
    with open_gzip(data / "words" / "oewn_synonyms.json.gz", "rt") as file:
        listed: dict[str, dict[str, list[str]]] = json.load(file)
    with zipfile.ZipFile(data / "words" / "stopwords.zip") as archive:
        stop_words = archive.read("stopwords/english").decode().split()
    return listed, stop_words


def find_candidates(
    wordnet: WordNet, listed: Mapping[str, Mapping[str, list[str]]], stop_words: Iterable[str], corpus: Corpus
) -> Synonyms:
    """What may stand for what by the wordnets alone; profanity gets no synonyms, and nothing offensive is one."""
    accepts, stopped = Filter(wordnet), frozenset(stop_words)

    @cache
    def usable(word: str) -> bool:
        return word not in stopped and not accepts.is_offensive(word)

    candidates: Synonyms = {}
    for word, part in wordnet.senses:
        forms = forms_of(word, part) if is_plain(word) else {}
        if (
            not forms
            or not all(map(usable, forms.values()))
            or uses(forms, corpus) < LEAST_USES
            or is_gerund(word, part)
        ):
            continue
        names = frozenset(listed.get(word, {}).get(part, ()))
        opposite = antonyms(word, part, wordnet)
        synonyms = synonyms_by_sense(word, part, wordnet, names, corpus, usable)
        synonyms = {
            name: of
            for name, of in synonyms.items()
            if name not in opposite and {word, name} not in OPPOSITES and accepts(word, part, name)
        }
        if synonyms:
            candidates[word, part] = synonyms
    return candidates


def word_vectors(candidates: Synonyms, embed: Embed) -> Vectors:
    words = sorted({word for (word, _), synonyms in candidates.items() for word in (word, *synonyms)})
    return dict(zip(words, embed(words), strict=True))


def judge_all(candidates: Synonyms, judge: Judge) -> dict[Entry, dict[str, float]]:
    """By word, the synonyms that keep what sentences mean, each with the probability that it does."""
    controls = {
        tag: [form for (form, of), count in judge.corpus.counts.items() if of == tag and count >= CONTROL_USES]
        for tags in TAGS.values()
        for tag in tags
    }
    kept: dict[Entry, dict[str, float]] = {}
    for number, (entry, senses) in enumerate(sorted(candidates.items())):
        word, part = entry
        forms = forms_of(word, part)
        count = uses(forms, judge.corpus)
        names = nearest(entry, senses, judge, count)
        distances: dict[str, list[float]] = {}
        if names and count >= JUDGED_FROM:
            synonyms = {name: forms_of(name, part) for name in names}
            rng = random.Random(f"{word} {part}")
            distances = relative_distances(forms, synonyms, judge.corpus, controls, judge.embed, rng)
        by_name = {name: probability_of(entry, name, senses[name], distances.get(name, []), judge) for name in names}
        kept[entry] = {name: probability for name, probability in by_name.items() if probability >= LEAST_PROBABILITY}
        if number % 1000 == 0:
            typer.echo(f"{number:,} of {len(candidates):,} words judged")
    return kept


def nearest(entry: Entry, synonyms: Mapping[str, frozenset[SynsetId]], judge: Judge, count: int) -> list[str]:
    """The most similar words, of those that may reach the score in sentences; ``count``: uses of the word."""
    distance = BEST_DISTANCE if count >= MANY_FROM or count < JUDGED_FROM else usual_distance(count)
    number = next(number for least, number in NEAREST if count >= least)
    scores = {name: prior_score(entry, name, senses, judge) for name, senses in synonyms.items()}
    likely = {
        name: score
        for name, score in scores.items()
        if score - distance >= least_score(judge.wordnet, name, synonyms[name])
    }
    return sorted(likely, key=lambda name: -likely[name])[:number]


def usual_distance(count: int) -> float:
    return next(usual for least, usual in USUAL_DISTANCES if count >= least)


def prior_score(entry: Entry, name: str, senses: frozenset[SynsetId], judge: Judge) -> float:
    """What sentences can lower only: the similarity, and the probability of the senses that they share."""
    return judge.similarity(entry[0], name) + SHARE_WEIGHT * judge.probability(entry, senses)


def least_score(wordnet: WordNet, name: str, senses: frozenset[SynsetId]) -> float:
    is_close = any(name in wordnet.synsets[id_].words for id_ in senses)
    return LEAST_SCORE_OF_SYNSET if is_close else LEAST_SCORE


def probability_of(entry: Entry, name: str, senses: frozenset[SynsetId], distances: list[float], judge: Judge) -> float:
    """The probability in [0, 1] that a synonym keeps the meaning: of sentences, with WordNet's as one more of them.

    0 where its score is too low, and where other words stand around it. ``distances``: of sentences, relative to
    random words; without any, a usual one is taken.
    """
    word, part = entry
    if distances and np.mean(distances) > MOST_DISTANCE:
        return 0.0
    count = uses(forms_of(word, part), judge.corpus)
    mean = np.mean(distances) if distances else usual_distance(count)
    if prior_score(entry, name, senses, judge) - mean < least_score(judge.wordnet, name, senses):
        return 0.0
    distances = distances or [mean]
    votes = sum(distance <= KEPT for distance in distances) + judge.probability(entry, senses)
    probability = votes / (len(distances) + 1)
    if probability < LEAST_PROBABILITY:
        return 0.0
    overlap = judge.corpus.overlap(forms_of(word, part).values(), forms_of(name, part).values())
    return probability if overlap >= LEAST_OVERLAP else 0.0


def make_table(
    candidates: Synonyms,
    kept: Mapping[Entry, Mapping[str, float]],
    wordnet: WordNet,
    corpus: Corpus,
    stop_words: list[str],
) -> dict[str, Any]:
    """What ``zoo.exhibits.augment.words.read_lexicon`` reads."""
    entries: dict[str, dict[str, Any]] = {part: {} for part in INFLECTIONS}
    for (word, part), probabilities in kept.items():
        if probabilities:
            senses = [
                (id_, probability)
                for id_, probability in list(wordnet.senses[word, part].items())[:MAX_SENSES]
                if probability >= LEAST_SENSE
            ]
            of = candidates[word, part]
            entries[part][word] = [
                [
                    # A word of one sense needs no words to tell it by.
                    [round(value, 2), " ".join(signature(wordnet, id_, word, stop_words, corpus)) * (len(senses) > 1)]
                    for id_, value in senses
                ],
                {
                    name: [round(value, 2), *(index for index, (id_, _) in enumerate(senses) if id_ in of[name])]
                    for name, value in sorted(probabilities.items())
                },
            ]
    words = {
        part: {*of_part, *(name for _, synonyms in of_part.values() for name in synonyms)}
        for part, of_part in entries.items()
    }
    lemmas = {word for of_part in words.values() for word in of_part}
    return {
        "credit": CREDIT,
        "stop_words": stop_words,
        "forms": {part: {word: inflections(word, part) for word in of_part} for part, of_part in words.items()},
        "only": {word: part for part, of_part in words.items() for word in of_part if only_part(wordnet, word) == part},
        "entries": entries,
        "phrases": sorted(phrases(wordnet, corpus, lemmas)),
    }


def inflections(word: str, part: str) -> str:
    forms = forms_of(word, part)
    return " ".join(forms.get(tag, MISSING) for tag in INFLECTIONS[part][1:])


def only_part(wordnet: WordNet, word: str) -> str:
    """The part of speech of a word that has one, else an empty text."""
    parts = [part for part in INFLECTIONS if (word, part) in wordnet.senses]
    return parts[0] if len(parts) == 1 else ""


def signature(wordnet: WordNet, id_: SynsetId, word: str, stop_words: Iterable[str], corpus: Corpus) -> list[str]:
    """Lemmas of a sense's gloss, its examples and its neighbours' words: the rarest of them."""
    synset = wordnet.synsets[id_]
    near = [wordnet.synsets[other] for other in synset.related(HYPERNYM, HYPONYM, SIMILAR)]
    text = " ".join([synset.gloss, *synset.words, *(name for other in near for name in other.words)])
    lemmas = {lemma_of(name) for name in LETTERS.findall(text.lower())} - {word, *stop_words}
    return sorted(sorted(lemmas, key=lambda name: (corpus_count(name, corpus), name))[:MAX_SIGNATURE])


@cache
def lemma_of(word: str) -> str:
    from lemminflect import getAllLemmas

    by_part = getAllLemmas(word)
    return next(iter(by_part.values()))[0] if by_part else word


def corpus_count(word: str, corpus: Corpus) -> int:
    return sum(corpus.counts[word, tag] for tag in ("NN", "VB", "JJ", "RB"))


def phrases(wordnet: WordNet, corpus: Corpus, lemmas: set[str]) -> set[str]:
    """Pairs of words that WordNet lists as one entry, that the corpus holds, and whose meaning is more than theirs.

    Entries of more words give their first two and their last two.
    """
    pairs_kept = set()
    for entry, _ in wordnet.senses:
        words = entry.split()
        pairs = {tuple(words[:2]), tuple(words[-2:])} if len(words) > 1 else set()
        pairs_kept |= {" ".join(pair) for pair in pairs if corpus.pairs[pair] and not lemmas.isdisjoint(pair)}
    return pairs_kept
