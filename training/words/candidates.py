"""Which words may stand for a word, and in which of its senses: from WordNet and Open English WordNet.

A word shares a sense with another when they are in one synset or in adjacent ones: a broader one (cat, feline), a
narrower verb (walk, stroll), a similar adjective, or one that is similar to the same adjective (great, superb). Open
English WordNet lists more. Candidates are many on purpose: an embedding judges them afterwards (``substitution``).
"""

import re
from collections.abc import Callable, Iterator, Mapping

from training.words.corpus import Corpus
from training.words.wordnet import ANTONYM, HYPERNYM, HYPONYM, SEE_ALSO, SIMILAR, USAGE, Synset, SynsetId, WordNet

TAGS = {"n": ("NN", "NNS"), "v": ("VB", "VBZ", "VBD", "VBN", "VBG"), "a": ("JJ", "JJR", "JJS"), "r": ("RB",)}
LEAST_COUNT, SURE_COUNT = 3, 10  # of the uses of a synonym, in all its forms: at least, and in any case enough
LEAST_RATIO = 1 / 1000  # of the uses of the word that it stands for
LEAST_OF_SYNONYM = {"n": 0.35, "v": 0.4, "a": 0.25, "r": 0.25}  # probability, for it, of a sense that it shares
LEAST_OF_WORD = {"n": 0.25, "v": 0.2, "a": 0.1, "r": 0.2}  # the same for the word, of all senses that it shares
PARTS_OF_SPEECH = {"n": "NOUN", "v": "VERB", "a": "ADJ", "r": "ADV"}  # as lemminflect has them
# Registers that differ from the rest of a sentence.
REGISTERS = {"slang", "archaism", "dialect", "disparagement", "ethnic slur", "obscenity", "regionalism", "plural"}
REGISTER = re.compile(r"\((slang|archaic|dialect|old-fashioned|British|Scottish|nautical|obsolete|literary|poetic)")

Usable = Callable[[str], bool]


def is_plain(word: str) -> bool:
    """Whether it is one lower-case word of three letters or more: no phrase, name, number or abbreviation."""
    return len(word) > 2 and word.isascii() and word.isalpha() and word.islower()


def forms_of(lemma: str, part: str) -> dict[str, str]:
    """The inflected forms by tag, of those that the dictionary of lemminflect has.

    >>> forms_of("cat", "n"), forms_of("begin", "v")["VBN"]
    ({'NN': 'cat', 'NNS': 'cats'}, 'begun')
    """
    from lemminflect import getInflection

    forms = {TAGS[part][0]: lemma}
    for tag in TAGS[part][1:]:
        # Some forms of the dictionary are phrases.
        inflected = [form for form in getInflection(lemma, tag, inflect_oov=False) if form.isalpha()]
        if inflected:
            forms[tag] = inflected[0]
    return forms


def uses(forms: Mapping[str, str], corpus: Corpus) -> int:
    return sum(corpus.counts[form, tag] for tag, form in forms.items())


def shared_senses(word: str, part: str, wordnet: WordNet, listed: frozenset[str]) -> dict[str, dict[SynsetId, float]]:
    """By synonym: the senses of ``word`` that it shares, each with the sense's probability for the synonym.

    A narrower noun, such as ferry for boat, only where it is ``listed``: it says what the sentence does not.
    """
    shared: dict[str, dict[SynsetId, float]] = {}
    for id_ in wordnet.senses.get((word, part), {}):
        narrower = {*wordnet.synsets[id_].related(HYPONYM)} if part == "n" else set()
        for other, where in _neighbours(wordnet, wordnet.synsets[id_]):
            if where in narrower and other not in listed:
                continue
            probability = wordnet.senses.get((other, part), {}).get(where, 0.0)
            if other != word and is_plain(other):
                entry = shared.setdefault(other, {})
                entry[id_] = max(entry.get(id_, 0.0), probability)
    return shared


def _neighbours(wordnet: WordNet, synset: Synset) -> Iterator[tuple[str, SynsetId]]:
    """The words of a synset and of adjacent ones, each with the synset that it is in."""
    if not is_neutral(wordnet, synset):
        return
    near = {synset.id, *synset.related(HYPERNYM, HYPONYM, SIMILAR, SEE_ALSO)}
    near |= {id_ for head in synset.related(SIMILAR) for id_ in wordnet.synsets[head].related(SIMILAR)}
    for id_ in sorted(near):
        if is_neutral(wordnet, wordnet.synsets[id_]):
            yield from ((word, id_) for word in wordnet.synsets[id_].words)


def is_neutral(wordnet: WordNet, synset: Synset) -> bool:
    """Whether a sense belongs to no register of its own."""
    domains = {word for id_ in synset.related(USAGE) for word in wordnet.synsets[id_].words}
    return not (REGISTERS & domains or REGISTER.search(synset.gloss))


def synonyms_by_sense(
    word: str, part: str, wordnet: WordNet, listed: frozenset[str], corpus: Corpus, usable: Usable
) -> dict[str, frozenset[SynsetId]]:
    """The words that may stand for the word, and in which of its senses; in none that is known where only ``listed``.

    ``listed``: the synonyms of Open English WordNet, whose senses are not those of WordNet.
    """
    senses = wordnet.senses.get((word, part), {})
    least = max(LEAST_COUNT, min(SURE_COUNT, uses(forms_of(word, part), corpus) * LEAST_RATIO))
    shared = shared_senses(word, part, wordnet, listed)
    frequent = {
        other: frozenset(of)
        for other, of in shared.items()
        if max(of.values()) >= LEAST_OF_SYNONYM[part] and sum(senses[id_] for id_ in of) >= LEAST_OF_WORD[part]
    }
    frequent |= {other: frozenset() for other in listed if other not in shared and is_plain(other)}
    return {
        other: of
        for other, of in frequent.items()
        if is_lemma(other, part)
        and uses(forms := forms_of(other, part), corpus) >= least
        and all(map(usable, forms.values()))
        and (part != "n" or is_deictic(word, wordnet) == is_deictic(other, wordnet) or other in _words(wordnet, of))
    }


def is_lemma(word: str, part: str) -> bool:
    """Whether a word is no inflection of another: worse is one of bad.

    >>> is_lemma("worse", "a"), is_lemma("bad", "a")
    (False, True)
    """
    from lemminflect import getAllLemmas

    return word in getAllLemmas(word, upos=PARTS_OF_SPEECH[part]).get(PARTS_OF_SPEECH[part], (word,))[:1]


def is_gerund(word: str, part: str) -> bool:
    """Whether a noun is the inflection of a verb too, as calling is: a tagger takes one for the other too often.

    >>> is_gerund("calling", "n"), is_gerund("morning", "n"), is_gerund("boring", "a")
    (True, False, False)
    """
    from lemminflect import getAllLemmas

    return part == "n" and word.endswith("ing") and word not in getAllLemmas(word, upos="VERB").get("VERB", (word,))


def is_deictic(word: str, wordnet: WordNet) -> bool:
    """Whether a noun is an adverb too, as today is: a day is none."""
    return (word, "r") in wordnet.senses


def _words(wordnet: WordNet, ids: frozenset[SynsetId]) -> set[str]:
    return {word for id_ in ids for word in wordnet.synsets[id_].words}


def antonyms(word: str, part: str, wordnet: WordNet) -> frozenset[str]:
    """The words of the synsets opposite to a sense of the word, and of those similar to them."""
    opposite = {
        id_
        for sense in wordnet.senses.get((word, part), {})
        for head in (sense, *wordnet.synsets[sense].related(SIMILAR))
        for id_ in wordnet.synsets[head].related(ANTONYM)
    }
    opposite |= {id_ for head in opposite for id_ in wordnet.synsets[head].related(SIMILAR)}
    return frozenset(name for id_ in opposite for name in wordnet.synsets[id_].words)
