"""EDA, easy data augmentation: four operations on the words of a sentence (Wei and Zou 2019, arXiv:1901.11196)."""

import difflib
import random
from collections.abc import Callable, Sequence
from itertools import cycle

from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.augment.knobs import MAX_WORDS, AugmentKnobs
from zoo.exhibits.augment.results import Augmentation, AugmentedSentence, DiffSpan
from zoo.exhibits.augment.words import is_protected, synonyms

MAX_CHARACTERS = 20 * MAX_WORDS
DRAWS = 8  # for each sentence asked for, before fewer are returned


def num_changes(words: Sequence[str], alpha: float) -> int:
    """The paper's n: alpha times the number of words, at least one."""
    return max(1, int(alpha * len(words)))


def synonym_replacement(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Replace n words that are no stop words by a random synonym each."""
    candidates = [index for index in range(len(words)) if _synonyms_at(words, index)]
    result = list(words)
    for index in rng.sample(candidates, min(num_changes(words, alpha), len(candidates))):
        result[index] = rng.choice(_synonyms_at(words, index))
    return result


def random_insertion(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Insert a synonym of a random word that is no stop word at a random position, n times."""
    candidates = [index for index in range(len(words)) if _synonyms_at(words, index)]
    result = list(words)
    for _ in range(num_changes(words, alpha) if candidates else 0):
        synonym = rng.choice(_synonyms_at(words, rng.choice(candidates)))
        result.insert(rng.randint(0, len(result)), synonym.strip(".,;:!?\"'()").lower())
    return result


def random_swap(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Swap the positions of two random words, n times."""
    result = list(words)
    for _ in range(num_changes(words, alpha) if len(words) > 1 else 0):
        one, other = rng.sample(range(len(result)), 2)
        result[one], result[other] = result[other], result[one]
    return result


def random_deletion(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Delete each word with probability alpha; where none would be left, a random one stays."""
    return [word for word in words if rng.random() >= alpha] or [rng.choice(words)]


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
    return Augmentation(text, tuple(outputs.values()))


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


def _synonyms_at(words: Sequence[str], index: int) -> tuple[str, ...]:
    if is_protected(words[index]):
        return ()
    return synonyms(words[index], words[index - 1] if index else "")
