"""The same sentence said otherwise: what does the model make of shouting, emoji, a hashtag, a negation?"""

import re

VERB = re.compile(r"\b(am|is|are|was|were|do|does|did|can|could|will|would|should|have|has|had)\b", re.IGNORECASE)


def variants(text: str) -> dict[str, str]:
    """Names and texts, the text as it stands first; no two texts are the same.

    >>> variants("This is good")["negated"]
    'This is not good'
    """
    text = " ".join(text.split())
    head, _, last = text.rpartition(" ")
    named = {
        "as it stands": text,
        "negated": negated(text),
        "SHOUTED": text.upper(),
        "stressed": f"{text.rstrip('.!?')}!!!",
        "with a smile": f"{text} :)",
        "with a frown": f"{text} :(",
        "with tears of joy": f"{text} 😂",
        "with an eye-roll": f"{text} 🙄",
        "with a hashtag": f"{head} #{re.sub(r'[^0-9A-Za-z_]', '', last)}".strip(),
    }
    seen: dict[str, str] = {}
    for name, variant in named.items():
        if variant not in seen.values():
            seen[name] = variant
    return seen


def negated(text: str) -> str:
    """With "not" after the first verb that takes it; without such a verb, doubted as a whole."""
    replaced, count = VERB.subn(lambda match: f"{match[0]} not", text, count=1)
    return replaced if count else f"It is not true that {text}"
