"""Text that is not ours, such as a file's name or a model's title, drawn as it is and not as Markdown.

Streamlit reads Markdown in labels, captions and messages: an image there is fetched from wherever it says.
"""

import re
import string

JOINER = "\u2060"  # invisible, without a width
PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
# Links, icons and emoji are looked for after backslashes are gone: a joiner breaks their pattern.
LOOKED_FOR = re.compile(r"(?<=:)(?=[\w+/-])|(?<=www)(?=\.)|(?<=@)|(?<=\w)(?=://)", re.IGNORECASE)


def literal(text: object) -> str:
    r"""Markdown that draws ``text`` on one line, character by character.

    >>> print(literal("![x](http://elsewhere/x.png)").replace(JOINER, ""))
    \!\[x\]\(http\:\/\/elsewhere\/x\.png\)
    """
    line = " ".join(str(text).split())
    return PUNCTUATION.sub(r"\\\1", LOOKED_FOR.sub(JOINER, line))
