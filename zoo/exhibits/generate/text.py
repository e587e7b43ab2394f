"""How a text is prepared before it is tokenized."""

import re

from zoo.core.errors import TooLargeError
from zoo.exhibits.generate.knobs import MAX_CHARACTERS

EOS_TOKEN = "<|endoftext|>"
LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)[ \t]*")
PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")


def reflow(text: str) -> str:
    """One line per paragraph, a blank line between paragraphs: where a printer broke a line is not part of the style.

    >>> reflow("Right ho,\\nJeeves.\\r\\n\\r\\n\\r\\nYes.\\n")
    'Right ho, Jeeves.\\n\\nYes.'
    """
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return LINE_BREAK.sub(" ", PARAGRAPH_BREAK.sub("\n\n", lines.strip()))


def check_length(text: str) -> None:
    """Raises TooLargeError beyond 20,000 characters."""
    if len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"The text has {len(text):,} characters: send at most {MAX_CHARACTERS:,} at a time.")


def encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
