"""Text before it is tokenized: normalized, and split into sentences."""

import re
import textwrap
import unicodedata

MAX_SENTENCE = 240  # characters; a longer sentence is translated in parts
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def normalize(text: str) -> str:
    """NFC, single spaces and straight apostrophes."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())


def split_sentences(line: str) -> list[str]:
    """The normalized sentences of a line, at most 240 characters each: the models were trained on single sentences.

    >>> split_sentences("Wait!  It's  late, isn’t it?")
    ['Wait!', "It's late, isn't it?"]
    """
    return [part for sentence in SENTENCE_END.split(normalize(line)) for part in textwrap.wrap(sentence, MAX_SENTENCE)]
