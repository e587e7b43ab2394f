"""Synonyms of English words, and the words that augmentation leaves alone.

The table is derived from Open English WordNet (CC BY 4.0) and NLTK's list of English stop words.
"""

import functools
import gzip
import json
import re

from zoo.core.assets import TABLES

TABLE = TABLES / "synonyms.json.gz"
CREDIT = "Synonyms: Open English WordNet, CC BY 4.0. Stop words: NLTK."
WORD = re.compile(r"^(\W*)([A-Za-z]+)(\W*)$", re.DOTALL)  # with the punctuation around it
# The word before tells the part of speech in most cases; a tagger would be more exact.
PRECEDING_WORDS = {
    "v": {"to", "i", "you", "we", "they", "will", "would", "can", "could", "should", "must", "may", "might", "don't"},
    "n": {"the", "a", "an", "this", "that", "my", "your", "his", "her", "its", "our", "their", "some", "every", "of"},
    "a": {"is", "are", "was", "were", "am", "be", "been", "very", "so", "too", "really", "i'm", "it's", "seems"},
}
DEFAULT_PARTS = ("a", "s", "r", "n")  # verbs only after a word that asks for one: most others are inflected


@functools.cache
def _table() -> tuple[frozenset[str], dict[str, dict[str, list[str]]]]:
    """Stop words, and synonyms by word and WordNet's letter for the part of speech."""
    table = json.loads(gzip.decompress(TABLE.read_bytes()))
    return frozenset(table["stop_words"]), table["synonyms"]


def is_protected(word: str) -> bool:
    """Whether the operations leave a word alone: a stop word, a user name, a hashtag, a link or a number."""
    match = WORD.match(word)
    return match is None or "@" in match[1] or "#" in match[1] or match[2].lower() in _table()[0]


def synonyms(word: str, before: str = "") -> tuple[str, ...]:
    """Synonyms of the same part of speech, with the capitals of ``word`` and the punctuation around it.

    Only a lemma has any, so that no inflection is lost. ``before``: the word before it, which decides the part of
    speech.
    """
    match = WORD.match(word)
    if match is None or is_protected(word):
        return ()
    prefix, lemma, suffix = match.groups()
    entry = _table()[1].get(lemma.lower(), {})
    likely = [part for part, words in PRECEDING_WORDS.items() if before.lower() in words]
    part = next((part for part in (*likely, *DEFAULT_PARTS) if part in entry), None)
    if part is None:
        return ()
    return tuple(f"{prefix}{match_case(other, lemma)}{suffix}" for other in entry[part] if other != lemma.lower())


def match_case(word: str, like: str) -> str:
    """``word`` with the capitals of ``like``.

    >>> match_case("glad", "HAPPY"), match_case("glad", "Happy"), match_case("glad", "happy")
    ('GLAD', 'Glad', 'glad')
    """
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word
