"""Synonyms of the words of an English sentence, and the words that augmentation leaves alone.

The tagger gives each word its part of speech. For that part the table holds the word's senses with their
probabilities (WordNet's counts) and the words of their definitions, and for each synonym the senses that it shares and
the probability that it keeps the meaning, estimated when the table was made (``training/words``). The sentence makes a
sense likelier with each word that it shares with the definition (Lesk 1986, in the form with a prior of Kilgarriff and
Rosenzweig 2000). A synonym is offered where it probably keeps the meaning; it takes the word's inflection, capitals
and punctuation. The table holds no profanity, no slur and no insult: ``training/words`` keeps them out.
"""

import functools
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.core.assets import TABLES
from zoo.core.checksums import checked_bytes
from zoo.exhibits.augment import tagger
from zoo.exhibits.augment.tagger import WORD, tag

TABLE = TABLES / "synonyms.json.gz"
CREDIT = (
    "Synonyms: Open English WordNet, CC BY 4.0, and WordNet 3.0, © 2006 Princeton University. Stop words: NLTK. "
    + tagger.CREDIT
)
# The inflections that a table of forms lists after the lemma, by WordNet's letter for the part of speech.
INFLECTIONS = {
    "n": ("NN", "NNS"),
    "v": ("VB", "VBZ", "VBD", "VBN", "VBG"),
    "a": ("JJ", "JJR", "JJS"),
    "r": ("RB",),
}
PART_OF_TAG = {name: part for part, names in INFLECTIONS.items() for name in names}
LEAST_PROBABILITY = 0.6  # that a synonym keeps the meaning
SHARED_WORD = 3.0  # factor by which a word that sentence and definition share makes a sense likelier
MAX_SHARED = 3
MARGIN = 4.0  # of the tagger's scores: above, 95 % of the tags are right; below, a word is left alone
NEGATION = re.compile(
    r"no|not|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|scarcely|barely"
    r"|(ca|wo|do|did|does|is|was|are|were|would|could|should|has|have|had|ai)nt"
)
MISSING = "-"  # an inflection that a word does not have
VOWEL_SOUND = re.compile(r"(?!eu|uni[^nm]|us[aei]|ut[ei]|one\b|onc)[aeiou]|hon(est|ou?r)|heir|hour", re.IGNORECASE)


@dataclass(frozen=True)
class Sense:
    """``probability`` in [0, 1], by WordNet's counts. ``signature``: lemmas of the sense's definition."""

    probability: float
    signature: frozenset[str]


@dataclass(frozen=True)
class Synonym:
    """``probability`` in [0, 1] that it keeps the meaning in any sentence. ``senses``: indices of those shared."""

    probability: float
    senses: frozenset[int]


@dataclass(frozen=True)
class Entry:
    """A word as one part of speech; the probabilities of its senses sum to 1 at most, as rare senses are left out."""

    senses: tuple[Sense, ...]
    synonyms: Mapping[str, Synonym]


@dataclass(frozen=True)
class Lexicon:
    """``forms``: of a lemma and its part of speech, by tag; ``lemmas``: by form and tag.

    ``only``: the part of speech of words that have one. ``phrases``: pairs of lemmas that mean more than their words,
    such as hot dog.
    """

    stop_words: frozenset[str]
    forms: Mapping[tuple[str, str], Mapping[str, str]]
    lemmas: Mapping[tuple[str, str], str]
    only: Mapping[str, str]
    entries: Mapping[tuple[str, str], Entry]
    phrases: frozenset[tuple[str, str]]


@functools.cache
def load_lexicon() -> Lexicon:
    return read_lexicon(json.loads(gzip.decompress(checked_bytes(TABLE))))


def read_lexicon(table: Mapping[str, Any]) -> Lexicon:
    """The lexicon of a table as ``training.words`` writes it."""
    forms: dict[tuple[str, str], dict[str, str]] = {}
    lemmas: dict[tuple[str, str], str] = {}
    for part, entries in table["forms"].items():
        for lemma, inflected in entries.items():
            pairs = zip(INFLECTIONS[part], [lemma, *inflected.split()], strict=True)
            forms[lemma, part] = {name: form for name, form in pairs if form != MISSING}
            for name, form in forms[lemma, part].items():
                lemmas.setdefault((form, name), lemma)
    entries = {
        (lemma, part): Entry(
            tuple(Sense(probability, frozenset(near.split())) for probability, near in senses),
            {name: Synonym(probability, frozenset(of)) for name, (probability, *of) in synonyms.items()},
        )
        for part, words in table["entries"].items()
        for lemma, (senses, synonyms) in words.items()
    }
    phrases = frozenset((first, second) for first, _, second in (line.partition(" ") for line in table["phrases"]))
    return Lexicon(frozenset(table["stop_words"]), forms, lemmas, table["only"], entries, phrases)


def is_protected(word: str) -> bool:
    """Whether the operations leave a word alone: a stop word, a user name, a hashtag, a link or a number."""
    match = WORD.match(word)
    return match is None or "@" in match[1] or "#" in match[1] or match[2].lower() in load_lexicon().stop_words


def is_negation(word: str) -> bool:
    """Whether a word negates, with or without its apostrophe.

    >>> is_negation("Don’t"), is_negation("(not)"), is_negation("knot")
    (True, True, False)
    """
    return NEGATION.fullmatch("".join(filter(str.isalnum, word)).lower()) is not None


@functools.lru_cache(maxsize=64)
def synonyms(words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The synonyms of each word of a sentence, in alphabetical order; most words have none."""
    lexicon, tags = load_lexicon(), tag(words, margin=MARGIN)
    lower = [match[2].lower() if (match := WORD.match(word)) else "" for word in words]
    entries = [find_entry(lexicon, *pair) for pair in zip(lower, tags, strict=True)]
    lemmas = [where[0] if where else word for word, where in zip(lower, entries, strict=True)]
    return tuple(
        ()
        if where is None or is_protected(words[index]) or in_phrase(lexicon, lemmas, index)
        else _inflected(lexicon, words, index, where, lemmas)
        for index, where in enumerate(entries)
    )


def find_entry(lexicon: Lexicon, form: str, name: str) -> tuple[str, str, str] | None:
    """Lemma, part of speech and tag of a form, or None when it has no synonyms.

    A word that has one part of speech only has it whatever the tagger says, unless that is a name.
    """
    only = lexicon.only.get(form)
    if only and name != "NNP" and PART_OF_TAG.get(name) != only:
        name = INFLECTIONS[only][0]
    lemma, part = lexicon.lemmas.get((form, name)), PART_OF_TAG.get(name, "")
    return (lemma, part, name) if lemma and (lemma, part) in lexicon.entries else None


def in_phrase(lexicon: Lexicon, lemmas: Sequence[str], index: int) -> bool:
    """Whether a word makes a phrase with a neighbour, as in hot dog, or a verb with a particle, as in pick it up."""
    word = lemmas[index]
    before = {(other, word) for other in lemmas[max(0, index - 1) : index]}
    after = {(word, other) for other in lemmas[index + 1 : index + 3]}
    return not lexicon.phrases.isdisjoint(before | after)


def probability_in(entry: Entry, synonym: Synonym, context: frozenset[str]) -> float:
    """The probability in [0, 1] that a synonym keeps the meaning in a sentence with the lemmas ``context``.

    By Bayes' rule from ``synonym.probability`` and how much likelier the sentence makes the senses that it shares and
    the others, each weighted by its probability.
    """
    weights = {True: 0.0, False: 0.0}
    likelier = {True: 0.0, False: 0.0}
    for index, sense in enumerate(entry.senses):
        is_shared = index in synonym.senses
        weights[is_shared] += sense.probability
        shared_words = min(MAX_SHARED, len(sense.signature & context))
        likelier[is_shared] += sense.probability * SHARED_WORD**shared_words
    rest = max(0.0, 1 - sum(weights.values()))  # of the senses that are too rare for the table
    weights[False] += rest
    likelier[False] += rest
    if not synonym.senses:  # a synonym of unknown senses: the sentence tells nothing
        return synonym.probability
    shared, other = (likelier[key] / weights[key] if weights[key] else 1.0 for key in (True, False))
    kept, lost = synonym.probability * shared, (1 - synonym.probability) * other
    return kept / (kept + lost)


def _inflected(
    lexicon: Lexicon, words: Sequence[str], index: int, where: tuple[str, str, str], lemmas: Sequence[str]
) -> tuple[str, ...]:
    """The synonyms that are probable enough in the sentence, in the word's form, with its capitals and punctuation."""
    lemma, part, name = where
    entry = lexicon.entries[lemma, part]
    context = frozenset(lemmas) - {lemma, ""} - lexicon.stop_words
    match = WORD.match(words[index])
    assert match is not None
    before = words[index - 1] if index else ""
    return tuple(
        f"{match[1]}{match_case(form, match[2])}{match[3]}"
        for synonym, kept in sorted(entry.synonyms.items())
        if (form := lexicon.forms[synonym, part].get(name))
        and form != match[2].lower()
        and fits_article(before, form)
        and probability_in(entry, kept, context) >= LEAST_PROBABILITY
    )


def fits_article(before: str, word: str) -> bool:
    """Whether ``word`` may follow the word before it: an only before a vowel sound, and a only before another.

    >>> fits_article("a", "film"), fits_article("an", "film"), fits_article("An", "hour"), fits_article("a", "unicorn")
    (True, False, True, True)
    """
    article = before.lower().strip("\"'(“‘")
    return article not in ("a", "an") or (article == "an") is (VOWEL_SOUND.match(word) is not None)


def match_case(word: str, like: str) -> str:
    """``word`` with the capitals of ``like``.

    >>> match_case("glad", "HAPPY"), match_case("glad", "Happy"), match_case("glad", "happy")
    ('GLAD', 'Glad', 'glad')
    """
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word
