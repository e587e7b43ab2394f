"""Parts of speech: an averaged perceptron on the words of a sentence, from left to right.

Collins 2002 (W02-1001), with the features and the dictionary of unambiguous words that Honnibal's tagger of 2013 made
common. It is not NLTK's, which imports scikit-learn and is trained on newspapers: this one is trained on web texts
(English Web Treebank, CC BY-SA 4.0), some of them in lower case, and reads a sentence in less than a millisecond.
Tags are those of the Penn Treebank, with VBP as VB and plural names as names.
"""

import functools
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zoo.core.assets import TABLES
from zoo.core.checksums import checked_bytes

TABLE = TABLES / "tagger.json.gz"
CREDIT = "Parts of speech: trained on the Universal Dependencies English Web Treebank, CC BY-SA 4.0."
WORD = re.compile(r"^([^\w]*)([A-Za-z]+)([^\w]*)$", re.DOTALL)  # a word of letters, with the punctuation around it
UNTAGGED = "X"  # names of users, links, numbers, contractions
PUNCTUATION = "."
EDGE = "!edge"  # before the first and after the last word


class Token(NamedTuple):
    """A word without its punctuation, or a piece of punctuation. ``word_index``: of the word that it is a part of."""

    text: str
    word_index: int
    is_word: bool


@dataclass(frozen=True)
class Perceptron:
    """``weights``: by feature and tag. ``unambiguous``: tags of frequent words that have one tag only."""

    weights: Mapping[str, Mapping[str, float]]
    unambiguous: Mapping[str, str]
    tags: tuple[str, ...]

    def predict(self, features: Sequence[str]) -> tuple[str, float]:
        """The tag with the highest score, and how far it is above the second."""
        scores = dict.fromkeys(self.tags, 0.0)
        for feature in features:
            for tag, weight in self.weights.get(feature, {}).items():
                scores[tag] += weight
        best = max(scores, key=scores.__getitem__)
        first = scores.pop(best)
        return best, first - max(scores.values(), default=0.0)


@functools.cache
def load_tagger() -> Perceptron:
    table = json.loads(gzip.decompress(checked_bytes(TABLE)))
    return Perceptron(table["weights"], table["unambiguous"], tuple(table["tags"]))


def tag(words: Sequence[str], tagger: Perceptron | None = None, margin: float = 0.0) -> list[str]:
    """The tag of each word; ``X`` for what is no word of letters, or where the margin is smaller than ``margin``."""
    tagger = tagger or load_tagger()
    tags = [UNTAGGED] * len(words)
    tokens = tokens_of(words)
    texts, lower = context_of(tokens)
    previous = before = EDGE
    for position, token in enumerate(tokens):
        if token.is_word:
            current = tagger.unambiguous.get(lower[position], "")
            distance = margin
            if not current:
                current, distance = tagger.predict(features(position, texts, lower, previous, before))
            tags[token.word_index] = current if distance >= margin else UNTAGGED
        else:
            current = fixed_tag(token)
        before, previous = previous, current
    return tags


def tokens_of(words: Sequence[str]) -> list[Token]:
    """Words and the punctuation next to them, as the tagger reads them.

    >>> [token.text for token in tokens_of(["Hello,", "@user!", "(great)", "it's"])]
    ['Hello', ',', '!user', '(', 'great', ')', "it's"]
    """
    tokens = []
    for index, word in enumerate(words):
        match = WORD.match(word)
        if match is None or {"@", "#"} & {*match[1]}:
            tokens.append(Token(normalized(word), index, False))
            continue
        tokens += [Token(match[1][-1], index, False)] if match[1] else []
        tokens.append(Token(match[2], index, True))
        tokens += [Token(match[3][0], index, False)] if match[3] else []
    return tokens


def normalized(word: str) -> str:
    """What stands for a user name, a tag, a link, a number, punctuation or a contraction."""
    if word[:1] in ("@", "#"):
        return "!user" if word[0] == "@" else "!tag"
    if "http" in word or "www." in word:
        return "!link"
    if any(map(str.isdigit, word)):
        return "!number"
    return word.lower().replace("’", "'") if any(map(str.isalpha, word)) else word[:1]


def fixed_tag(token: Token) -> str:
    """The tag of what is no word of letters."""
    return UNTAGGED if any(map(str.isalnum, token.text)) else PUNCTUATION


def context_of(tokens: Sequence[Token]) -> tuple[list[str], list[str]]:
    """The tokens as written and in lower case; the latter with edges at their end, where negative indices find them.

    A text in capitals alone is read in lower case: its capitals tell nothing.
    """
    texts = [token.text for token in tokens]
    letters = "".join(token.text for token in tokens if token.is_word)
    if letters.isupper() and len(letters) > 1:
        texts = [text.lower() for text in texts]
    return texts, [*map(str.lower, texts), EDGE, EDGE, EDGE, EDGE]


def features(position: int, texts: Sequence[str], lower: Sequence[str], previous: str, before: str) -> list[str]:
    """The features of a word: its letters, the tags of the two words before, and two words on either side."""
    word, written = lower[position], texts[position]
    last, second_last = lower[position - 1], lower[position - 2]
    following, second = lower[position + 1], lower[position + 2]
    capital = "A" if written.isupper() and len(written) > 1 else "a" if written[0].isupper() else "x"
    starts = last in (EDGE, ".", "!", "?")
    return [
        "bias",
        f"suffix3 {word[-3:]}",
        f"suffix2 {word[-2:]}",
        f"first {word[:1]}",
        f"tag-1 {previous}",
        f"tag-2 {before} {previous}",
        f"word {word}",
        f"tag-1 word {previous} {word}",
        f"word-1 {last}",
        f"suffix-1 {last[-3:]}",
        f"word-2 {second_last}",
        f"word+1 {following}",
        f"suffix+1 {following[-3:]}",
        f"word+2 {second}",
        f"capital {capital} {starts}",
        f"capital last {capital} {word[-1:]}",
        f"tag-1 word+1 {previous} {following}",
    ]
