"""EDA, easy data augmentation: four operations on the words of a sentence (Wei and Zou 2019, arXiv:1901.11196).

It departs from the paper in three points. A synonym is one of the word's sense in the sentence (``words``). No synonym
repeats a word beside it; an inserted one repeats no word at all and does not stand beside its own word. A negation is
neither deleted nor moved, since "not good" without its negation has another label.
"""

import difflib
import random
import re
from collections.abc import Callable, Sequence
from itertools import cycle

from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.augment.knobs import MAX_WORDS, AugmentKnobs
from zoo.exhibits.augment.results import Augmentation, AugmentedSentence, DiffSpan
from zoo.exhibits.augment.words import fits_article, is_negation, synonyms

MAX_CHARACTERS = 20 * MAX_WORDS
PUNCTUATION = re.compile(r"^\W+|\W+$")
DRAWS = 8  # for each sentence asked for, before fewer are returned


def num_changes(words: Sequence[str], alpha: float) -> int:
    """The paper's n: alpha times the number of words, at least one."""
    return max(1, int(alpha * len(words)))


def bare(word: str) -> str:
    """A word in lower case, without the punctuation around it."""
    return PUNCTUATION.sub("", word).lower()


def synonym_replacement(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Replace n words that have synonyms by a random one each; all of them where they are fewer.

    A synonym that stands next to its word already is none.
    """
    choices = synonyms(tuple(words))
    candidates = [index for index, offered in enumerate(choices) if offered]
    result = list(words)
    remaining = num_changes(words, alpha)
    for index in rng.sample(candidates, len(candidates)):
        beside = {bare(word) for word in (*result[max(0, index - 1) : index], *result[index + 1 : index + 2])}
        new = [synonym for synonym in choices[index] if bare(synonym) not in beside]
        if new and remaining:
            result[index] = rng.choice(new)
            remaining -= 1
    return result


def random_insertion(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Insert a synonym of a random word that has one at a random position, n times; fewer where no more fit.

    Only where it stands neither next to its word nor between *a* or *an* and a sound that they do not fit, and only
    synonyms that the sentence does not have.
    """
    pairs = [
        (bare(word), bare(name))
        for word, offered in zip(words, synonyms(tuple(words)), strict=True)
        for name in offered
    ]
    result = list(words)
    for _ in range(num_changes(words, alpha)):
        present = [bare(word) for word in result]
        open_pairs = [pair for pair in pairs if pair[1] not in present]
        if not open_pairs:
            break
        word, synonym = rng.choice(open_pairs)
        positions = [
            position
            for position in range(len(result) + 1)
            if word not in present[max(0, position - 1) : position + 1]
            and fits_article(result[position - 1] if position else "", synonym)
        ]
        if positions:
            result.insert(rng.choice(positions), synonym)
    return result


def random_swap(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Swap the positions of two random words, n times. Negations stay."""
    result = list(words)
    movable = [index for index, word in enumerate(words) if not is_negation(word)]
    for _ in range(num_changes(words, alpha) if len(movable) > 1 else 0):
        one, other = rng.sample(movable, 2)
        result[one], result[other] = result[other], result[one]
    return result


def random_deletion(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Delete each word with probability alpha, but no negation; where none would be left, a random one stays."""
    return [word for word in words if rng.random() >= alpha or is_negation(word)] or [rng.choice(words)]


WordOperation = Callable[[list[str], float, random.Random], list[str]]
WORD_OPERATIONS: dict[str, WordOperation] = {
    "replace": synonym_replacement,
    "insert": random_insertion,
    "swap": random_swap,
    "delete": random_deletion,
}


def augment(text: str, knobs: AugmentKnobs | None = None) -> Augmentation:
    """Up to ``knobs.outputs`` new sentences, all different and none the text itself; fewer where there are no more.

    Raises InputError for a text without a word or when every operation is off, TooLargeError beyond 500 words.
    """
    knobs = knobs or AugmentKnobs()
    words = text.encode("utf-8", "replace").decode().replace("\0", " ").split()
    if not words:
        raise InputError("There is nothing to augment: type a few words.")
    if len(words) > MAX_WORDS or len(text) > MAX_CHARACTERS:
        raise TooLargeError(f"That is more than {MAX_WORDS} words: send a sentence or a paragraph at a time.")
    chosen = [name for name in WORD_OPERATIONS if getattr(knobs, name)]
    if not chosen:
        raise InputError("Every operation is off: switch one on.")
    rng = random.Random(knobs.seed)
    outputs: dict[str, AugmentedSentence] = {}
    for name, _ in zip(cycle(chosen), range(DRAWS * knobs.outputs), strict=False):
        changed = WORD_OPERATIONS[name](words, knobs.alpha, rng)
        sentence = " ".join(changed)
        if sentence not in outputs and changed != words:
            outputs[sentence] = AugmentedSentence(sentence, name, word_diff(words, changed))
        if len(outputs) == knobs.outputs:
            break
    return Augmentation(text, tuple(outputs.values()), _fewer(len(outputs), knobs.outputs))


def _fewer(count: int, wanted: int) -> tuple[str, ...]:
    if count >= wanted:
        return ()
    known = f"Different new sentences: only {count} of {wanted}" if count else "There is no new sentence"
    return (f"{known}. Longer texts, and words with synonyms, give more.",)


def augment_row(text: str, knobs: AugmentKnobs, offset: int) -> tuple[AugmentedSentence, ...]:
    """New sentences for a row of a table, by the seed ``knobs.seed + offset``.

    None for an empty text or one beyond the limits: one such row must not end the work on a table.
    """
    if not text.strip():
        return ()
    try:
        return augment(text, knobs.model_copy(update={"seed": knobs.seed + offset})).outputs
    except TooLargeError:
        return ()


def word_diff(before: Sequence[str], after: Sequence[str]) -> tuple[DiffSpan, ...]:
    """Same, removed and added words, in reading order."""
    spans = []
    for opcode, b0, b1, a0, a1 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if opcode == "equal":
            spans.append(DiffSpan("same", " ".join(before[b0:b1])))
            continue
        spans += [DiffSpan("removed", " ".join(before[b0:b1]))] if b1 > b0 else []
        spans += [DiffSpan("added", " ".join(after[a0:a1]))] if a1 > a0 else []
    return tuple(spans)
