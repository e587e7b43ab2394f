"""Words that no table may offer: profanity, slurs, obscenities, and insults for people.

The lists are those of the packages ``better-profanity`` and ``glin-profanity``; what WordNet marks as such is added,
and every word that has a sense of that kind, however rare. Nothing of the lists is stored: the table holds what is
left.
"""

import json
import re
from functools import cache, cached_property
from importlib.resources import files

from training.words.wordnet import USAGE, Synset, SynsetId, WordNet

MARKS = {"disparagement", "ethnic slur", "obscenity"}  # WordNet's usage domains
GLOSS = re.compile(
    r"^[^;\"]*\b(offensive|disparaging|derogatory|insulting|pejorative|obscene|vulgar|contemptuous)\b"
    r"[^;\"]*\b(term|name|word|expression)s?\b|"
    r"\([^)]*(offensive|disparag|slur\b|vulgar|obscen|derog|insult|slang|pejorat|term of abuse|contempt)",
    re.IGNORECASE,
)
# Synsets whose hyponyms people are insulted with, or that do not belong into a sentence that did not name them.
SUBTREES = {
    "n": (
        "bad person",
        "body waste",
        "buttocks",
        "coward",
        "cripple",
        "drunkard",
        "fool",
        "genitalia",
        "homosexual",
        "idler",
        "person of color",
        "prostitute",
        "sexual activity",
        "simpleton",
        "stupid",
        "unpleasant person",
        "unwelcome person",
    ),
    "v": ("copulate", "defecate", "urinate"),
}
ENDINGS = re.compile(r"(ies|es|s|ing|ed|er|ers|y|ish|ly)$")


class Offensive:
    """Whether a word is offensive in any of its forms or senses."""

    def __init__(self, wordnet: WordNet) -> None:
        self.wordnet = wordnet
        below = {
            synset.id
            for part, roots in SUBTREES.items()
            for root in roots
            for synset in wordnet.below(wordnet.first(root, part))
        }
        self.marked = {
            word.lower()
            for synset in wordnet.synsets.values()
            if synset.id in below or self._is_marked(synset)
            for word in synset.words
        }

    @cached_property
    def listed(self) -> frozenset[str]:
        """The words of both packages' lists, in lower case."""
        return listed_words()

    def __call__(self, word: str) -> bool:
        return word in self.marked or is_listed(word, self.listed)

    def _is_marked(self, synset: Synset) -> bool:
        usage: list[SynsetId] = synset.related(USAGE)
        return bool(GLOSS.search(synset.gloss)) or any(MARKS & {*self.wordnet.synsets[id_].words} for id_ in usage)


def listed_words() -> frozenset[str]:
    """The words of the packages' lists of profanity, in lower case."""
    plain = (files("better_profanity") / "profanity_wordlist.txt").read_text(encoding="utf-8").splitlines()
    dictionary = json.loads((files("glin_profanity.data") / "dictionaries" / "english.json").read_text("utf-8"))
    return frozenset(word.strip().lower() for word in (*plain, *dictionary["words"]) if word.strip())


def is_listed(word: str, listed: frozenset[str]) -> bool:
    """Whether a word, one of its lemmas or inflections, or its stem is on a list.

    >>> is_listed("darns", frozenset({"darn"})), is_listed("darning", frozenset({"darn"}))
    (True, True)
    """
    from lemminflect import getAllInflections, getAllLemmas

    lemmas = {lemma for group in getAllLemmas(word).values() for lemma in group} | {word}
    forms = {form for lemma in lemmas for group in getAllInflections(lemma).values() for form in group}
    stems = {ENDINGS.sub("", form) for form in lemmas | forms}
    return not listed.isdisjoint(lemmas | forms | {stem for stem in stems if len(stem) > 2})


class Filter:
    """Whether a synonym may stand for a word: neither is offensive, and a thing is not called a person."""

    def __init__(self, wordnet: WordNet) -> None:
        self.wordnet, self.is_offensive = wordnet, cache(Offensive(wordnet))
        self.persons = {synset.id for synset in wordnet.below(wordnet.first("person", "n"))}

    def __call__(self, word: str, part: str, synonym: str) -> bool:
        if self.is_offensive(word) or self.is_offensive(synonym):
            return False
        senses = self.wordnet.senses.get((word, part), {})
        shared = [synset for synset in senses if synset in self.wordnet.senses.get((synonym, part), {})]
        names_a_person = bool(shared) and all(synset in self.persons for synset in shared)
        return part != "n" or not names_a_person or next(iter(senses)) in self.persons
