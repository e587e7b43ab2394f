"""Easy data augmentation: four operations on the words of a sentence (Wei and Zou 2019, arXiv:1901.11196)."""

import difflib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.augment.knobs import AugmentKnobs
from zoo.exhibits.augment.words import is_protected, synonyms

MAX_WORDS = 500
TRIES = 8  # draws for each sentence asked, before fewer are returned


@dataclass(frozen=True)
class Piece:
    """Some words of a sentence beside the original: ``kind`` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True)
class Augmented:
    """A new sentence, the operation that made it and how it differs, word by word."""

    text: str
    operation: str
    pieces: tuple[Piece, ...]


def count_of(words: Sequence[str], alpha: float) -> int:
    """The paper's n: alpha times the number of words, at least one."""
    return max(1, int(alpha * len(words)))


def replaced(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """n words that are no stop words, each in the place of all its synonyms by one of them, drawn at random."""
    places = [place for place in range(len(words)) if _choices(words, place)]
    result = list(words)
    for place in rng.sample(places, min(count_of(words, alpha), len(places))):
        result[place] = rng.choice(_choices(words, place))
    return result


def inserted(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """n synonyms of words that are no stop words, each put at a random place."""
    places = [place for place in range(len(words)) if _choices(words, place)]
    result = list(words)
    for _ in range(count_of(words, alpha) if places else 0):
        synonym = rng.choice(_choices(words, rng.choice(places)))
        result.insert(rng.randint(0, len(result)), synonym.strip(".,;:!?\"'()").lower())
    return result


def swapped(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Two words change places, n times."""
    result = list(words)
    for _ in range(count_of(words, alpha) if len(words) > 1 else 0):
        one, other = rng.sample(range(len(result)), 2)
        result[one], result[other] = result[other], result[one]
    return result


def deleted(words: list[str], alpha: float, rng: random.Random) -> list[str]:
    """Each word is left out with odds of alpha; one stays whatever happens."""
    return [word for word in words if rng.random() >= alpha] or [rng.choice(words)]


Operation = Callable[[list[str], float, random.Random], list[str]]
OPERATIONS: dict[str, Operation] = {"replace": replaced, "insert": inserted, "swap": swapped, "delete": deleted}


def augment(text: str, knobs: AugmentKnobs | None = None) -> tuple[Augmented, ...]:
    """Up to ``knobs.outputs`` new sentences, all different and none the text itself; fewer where there are no more.

    Raises InputError for a text without a word or when every operation is off, TooLargeError beyond 500 words.
    """
    knobs = knobs or AugmentKnobs()
    words = text.encode("utf-8", "replace").decode().replace("\0", " ").split()
    if not words:
        raise InputError("There is nothing to change: type a few words.")
    if len(words) > MAX_WORDS or len(text) > 20 * MAX_WORDS:
        raise TooLargeError(f"That is more than {MAX_WORDS} words: send a sentence or a paragraph at a time.")
    chosen = [name for name in OPERATIONS if getattr(knobs, name)]
    if not chosen:
        raise InputError("Every operation is off: switch one on.")
    rng = random.Random(knobs.seed)
    found: dict[str, Augmented] = {}
    for name, _ in zip(cycle(chosen), range(TRIES * knobs.outputs), strict=False):
        changed = OPERATIONS[name](words, knobs.alpha, rng)
        new = " ".join(changed)
        if new not in found and changed != words:
            found[new] = Augmented(new, name, differences(words, changed))
        if len(found) == knobs.outputs:
            break
    return tuple(found.values())


def differences(before: Sequence[str], after: Sequence[str]) -> tuple[Piece, ...]:
    """What stayed, what went and what came, in reading order."""
    pieces = []
    for kind, b0, b1, a0, a1 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", " ".join(before[b0:b1])))
            continue
        pieces += [Piece("removed", " ".join(before[b0:b1]))] if b1 > b0 else []
        pieces += [Piece("added", " ".join(after[a0:a1]))] if a1 > a0 else []
    return tuple(pieces)


def _choices(words: Sequence[str], place: int) -> tuple[str, ...]:
    if is_protected(words[place]):
        return ()
    return synonyms(words[place], words[place - 1] if place else "")
