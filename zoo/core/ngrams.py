"""N-grams of words and characters of a text, as scikit-learn's vectorizers have them, and their numbers.

Words are those of ``TfidfVectorizer``: two letters, digits or underscores or more, in lower case, one or two at a time.
Characters are those of its analyzer "char_wb": two to five within a word, with the blanks around it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VOCABULARY_FILE = "vocabulary.json"
WORD = re.compile(r"(?u)\b\w\w+\b")
CHARACTERS = (2, 5)  # the shortest and the longest n-gram
BLOCKS = ("words", "characters")


@dataclass(frozen=True)
class Encoded:
    """``ids``: numbers of n-grams, from 1 on, repeated as they occur. ``word_ids``: the index of each one's word, of
    the first one where it has two.
    """

    ids: list[int]
    word_ids: list[int]


def word_ngrams(text: str) -> Iterator[tuple[str, int]]:
    """Words and pairs of words of a text in lower case, each with the index of its (first) word between spaces."""
    tokens = [(match[0], match.start()) for match in WORD.finditer(text)]
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    index, places = 0, []
    for _, start in tokens:
        while ends[index] <= start:
            index += 1
        places.append(index)
    for (token, _), place in zip(tokens, places, strict=True):
        yield token, place
    for number in range(len(tokens) - 1):
        yield f"{tokens[number][0]} {tokens[number + 1][0]}", places[number]


def character_ngrams(text: str) -> Iterator[tuple[str, int]]:
    """N-grams of characters within words of a text in lower case, each with the index of its word between spaces."""
    shortest, longest = CHARACTERS
    for index, word in enumerate(text.split()):
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            count = max(1, len(padded) - size + 1)
            for start in range(count):
                yield padded[start : start + size], index
            if count == 1:  # a short word counts once
                break


def ngrams(text: str) -> tuple[list[tuple[str, int]], ...]:
    """The n-grams of both blocks.

    >>> [[ngram for ngram, _ in block] for block in ngrams("An ox")]
    [['an', 'ox', 'an ox'], [' a', 'an', 'n ', ' an', 'an ', ' an ', ' o', 'ox', 'x ', ' ox', 'ox ', ' ox ']]
    """
    lower = text.lower()
    return list(word_ngrams(lower)), list(character_ngrams(lower))


class NgramTokenizer:
    """``vocabulary``: of each block the n-grams in the order of their numbers, which go on from block to block."""

    def __init__(self, vocabulary: Mapping[str, Sequence[str]]) -> None:
        self.vocabulary = {block: tuple(vocabulary[block]) for block in BLOCKS}
        self._ids: list[dict[str, int]] = []
        start = 1
        for block in BLOCKS:
            self._ids.append({ngram: number for number, ngram in enumerate(self.vocabulary[block], start)})
            start += len(self.vocabulary[block])

    @classmethod
    def from_json(cls, content: bytes) -> "NgramTokenizer":
        """Raises ValueError for another text than ``to_json`` gives."""
        loaded: Any = json.loads(content)
        if not isinstance(loaded, dict) or not all(_are_texts(loaded.get(block)) for block in BLOCKS):
            raise ValueError("it is no vocabulary of n-grams")
        return cls(loaded)

    def to_json(self) -> str:
        return json.dumps(self.vocabulary, ensure_ascii=False)

    def encode(self, text: str) -> Encoded:
        """The known n-grams of a text."""
        pairs = [
            (ids[ngram], word)
            for ids, block in zip(self._ids, ngrams(text), strict=True)
            for ngram, word in block
            if ngram in ids
        ]
        return Encoded([id for id, _ in pairs], [word for _, word in pairs])

    def encode_batch(self, input: Sequence[str]) -> list[Encoded]:
        return [self.encode(text) for text in input]


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
