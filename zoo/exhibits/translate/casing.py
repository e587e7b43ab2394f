"""Capitals: a sentence all in capitals is translated in lower case, and its translation is put into capitals."""

from collections.abc import Callable, Sequence

import regex

from zoo.exhibits.translate.names import capitalise_titled
from zoo.exhibits.translate.results import AlignedSentence

TokenCounts = Callable[[Sequence[str]], Sequence[int]]

WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:'\p{L}+)*")
PRONOUN = regex.compile(r"I(?:'\p{L}+)?")  # of English
# Words to lower case, but not where they are all capitals for another reason.
ABBREVIATIONS = "WHO AIDS USA ONU OTAN US UK UN EU UE IT TV OK AI PC AM PM ID CV"
COUNTRY = regex.compile(r"(?<=\b[Tt]he )(?i:usa?|uk|eu|un)\b")
NO_EMPHASIS = frozenset(ABBREVIATIONS.split())
MIN_EMPHASIS = 2  # letters


def is_upper(sentence: str) -> bool:
    """Whether a sentence is written in capitals: two letters or more, all of them capital, and more than an acronym.

    >>> is_upper("I HATE MONDAYS."), is_upper("NASA"), is_upper("I"), is_upper("STOP!")
    (True, False, False, True)
    """
    words = WORD.findall(sentence)
    letters = "".join(words)
    if len(letters) < 2 or letters != letters.upper() or letters == letters.lower():
        return False
    return len(words) > 1 or sentence != words[0] or len(letters) > 4


def truecase(sentence: str, source: str, count: TokenCounts) -> str:
    """A sentence of capitals in the usual case.

    A word keeps its first capital where the model's vocabulary has it in fewer tokens than the word in lower case, as
    is so of days and names.
    """
    words = sorted(set(WORD.findall(sentence)))
    lower, title = count([word.lower() for word in words]), count([word.capitalize() for word in words])
    cased = {
        word: word.capitalize() if capitalised < small or _pronoun(word, source) else word.lower()
        for word, small, capitalised in zip(words, lower, title, strict=True)
    }
    return upper_first(capitalise_titled(WORD.sub(lambda match: cased[match[0]], sentence), source))


def emphasised(sentence: str, count: TokenCounts) -> tuple[str, ...]:
    """The words in capitals that are one token in lower case: emphasis rather than an acronym."""
    words = [
        word
        for word in WORD.findall(sentence)
        if word.isupper() and len(word) >= MIN_EMPHASIS and word not in NO_EMPHASIS
    ]
    if not words:
        return ()
    (one,) = count(["a"])
    return tuple(word for word, tokens in zip(words, count([w.lower() for w in words]), strict=True) if tokens == one)


def lower_words(sentence: str, words: Sequence[str]) -> str:
    """The sentence with these words in lower case, and its first letter as it was."""
    lowered = WORD.sub(lambda match: match[0].lower() if match[0] in words else match[0], sentence)
    return upper_first(lowered) if sentence[:1].isupper() else lowered


def capitalise_countries(sentence: str, source: str) -> str:
    """An English sentence in which an abbreviated country after "the" has its capitals: without, "us" is a pronoun.

    >>> capitalise_countries("They live in the us, near the Uk.", "en"), capitalise_countries("Tell us.", "en")
    ('They live in the US, near the UK.', 'Tell us.')
    """
    return COUNTRY.sub(lambda match: match[0].upper(), sentence) if source == "en" else sentence


def upper_words(aligned: AlignedSentence, words: Sequence[str]) -> str:
    """The translation with the words in capitals whose greatest attention weight is at one of ``words``.

    Words of the translation with digits or signs inside, such as links, stay as they are.
    """
    chosen = {word.lower() for word in words}
    emphasis = [any(word.lower() in chosen for word in WORD.findall(source)) for source in aligned.source]
    return " ".join(
        target.upper() if emphasis[int(row.argmax())] and regex.fullmatch(r"[\p{L}\p{P}]+", target) else target
        for target, row in zip(aligned.target, aligned.weights, strict=True)
    )


def upper_first(text: str) -> str:
    """The text with its first letter in upper case."""
    match = regex.search(r"\p{L}", text)
    return text if match is None else text[: match.start()] + text[match.start()].upper() + text[match.end() :]


def _pronoun(word: str, source: str) -> bool:
    return source == "en" and PRONOUN.fullmatch(word) is not None
