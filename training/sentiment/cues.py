"""Tweets in which a negation or slang decides: they are few and weigh more."""

import re

NEGATION = (
    r"not|no|never|nothing|nobody|none|hardly|barely|without|cannot|ain'?t|"
    r"(?:ca|wo|do|does|did|is|was|are|were|have|has|had|would|could|should)n'?t"
)
SLANG = (
    r"lit|fire|dope|slay\w*|slaps?|banger|bop|goat|sick|wicked|epic|fail|meh|lame|whack|wack|trash|garbage|"
    r"hella|lowkey|ngl|tbh|smh|fml|yikes|cringe\w*"
)
CUE = re.compile(rf"\b(?:{NEGATION}|{SLANG})\b", re.IGNORECASE)


def has_cue(text: str) -> bool:
    """Whether a text contains a negation or slang.

    >>> has_cue("I don’t hate it"), has_cue("this slaps"), has_cue("noted")
    (True, True, False)
    """
    return CUE.search(text.replace("’", "'")) is not None
