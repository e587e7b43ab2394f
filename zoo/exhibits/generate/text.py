"""How a text is laid out before it is cut into sub-words."""

import re

BREAK = re.compile(r"(?<!\n)\n(?!\n)[ \t]*")
GAP = re.compile(r"\n[ \t]*\n\s*")


def reflowed(text: str) -> str:
    """Paragraphs on one line each, a blank line between them: where a printer broke a line is nobody's style.

    >>> reflowed("Right ho,\\nJeeves.\\r\\n\\r\\n\\r\\nYes.\\n")
    'Right ho, Jeeves.\\n\\nYes.'
    """
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return BREAK.sub(" ", GAP.sub("\n\n", lines.strip()))
