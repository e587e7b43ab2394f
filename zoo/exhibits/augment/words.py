"""Words of a sentence, and the synonyms that may stand in their place.

The table is derived from Open English WordNet (CC BY 4.0) and NLTK's list of English stop words.
"""

import functools
import gzip
import json
import re

from zoo.core.assets import TABLES

TABLE = TABLES / "synonyms.json.gz"
CREDIT = "Synonyms: Open English WordNet, CC BY 4.0. Stop words: NLTK."
CORE = re.compile(r"^(\W*)([A-Za-z]+)(\W*)$", re.DOTALL)
# What stands before a word tells more than the word which part of speech it is; a tagger would tell it better.
BEFORE = {
    "v": {"to", "i", "you", "we", "they", "will", "would", "can", "could", "should", "must", "may", "might", "don't"},
    "n": {"the", "a", "an", "this", "that", "my", "your", "his", "her", "its", "our", "their", "some", "every", "of"},
    "a": {"is", "are", "was", "were", "am", "be", "been", "very", "so", "too", "really", "i'm", "it's", "seems"},
}
USUAL = ("a", "s", "r", "n")  # a verb only after a word that asks for one: most others are inflected


@functools.cache
def _table() -> tuple[frozenset[str], dict[str, dict[str, list[str]]]]:
    table = json.loads(gzip.decompress(TABLE.read_bytes()))
    return frozenset(table["stop_words"]), table["synonyms"]


def is_protected(word: str) -> bool:
    """Whether the operations leave a word alone: a stop word, or no plain word (a name tag, a link, a number)."""
    match = CORE.match(word)
    return match is None or "@" in match[1] or "#" in match[1] or match[2].lower() in _table()[0]


def synonyms(word: str, before: str = "") -> tuple[str, ...]:
    """Words of the same part of speech, dressed like ``word``: its capitals and the punctuation around it.

    Only what is a lemma as it stands has any, so that no inflection is lost. ``before`` is the word before it.
    """
    match = CORE.match(word)
    if match is None or is_protected(word):
        return ()
    lead, core, trail = match.groups()
    entry = _table()[1].get(core.lower(), {})
    likely = [part for part, words in BEFORE.items() if before.lower() in words and part in entry]
    part = next((part for part in (*likely, *USUAL) if part in entry), None)
    if part is None:
        return ()
    return tuple(f"{lead}{dressed(found, core)}{trail}" for found in entry[part] if found != core.lower())


def dressed(word: str, like: str) -> str:
    """``word`` with the capitals of ``like``.

    >>> dressed("glad", "HAPPY"), dressed("glad", "Happy"), dressed("glad", "happy")
    ('GLAD', 'Glad', 'glad')
    """
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word
