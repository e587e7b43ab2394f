"""What is done to a text before it is cut into sub-words."""

import re
import textwrap
import unicodedata

LONGEST = 240  # characters of a sentence; a longer one is translated piece by piece
ENDS = re.compile(r"(?<=[.!?…])\s+")


def plain(text: str) -> str:
    """One form of each accented letter, and one kind of space and of apostrophe."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())


def sentences(line: str) -> list[str]:
    """The sentences of a line, each plain and of at most 240 characters: networks learnt from single ones.

    >>> sentences("Wait!  It's  late, isn’t it?")
    ['Wait!', "It's late, isn't it?"]
    """
    return [part for sentence in ENDS.split(plain(line)) for part in textwrap.wrap(sentence, LONGEST)]
