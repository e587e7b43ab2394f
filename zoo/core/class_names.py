"""Find a class of a model by what people call it: its id, its label, or its label without the qualifier in brackets."""

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from zoo.core.errors import InputError

QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
SUGGESTIONS = 4


class Named(Protocol):
    """A class of a model; ``id`` is its WordNet id where it has one."""

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...


def class_index(model: str, classes: Sequence[Named], name: str) -> int:
    """The index of the class that ``name`` means.

    As written, else in any case, else without punctuation, else without the qualifier in brackets: crane is "crane
    (bird)" where the model has no other crane. The case comes first, since ImageNet has Cardigan, a dog, and cardigan,
    a garment. Raises InputError for a name that several classes have, with their ids, and for one that none has, with
    the nearest labels.
    """
    wanted = name.strip()
    forms: tuple[Callable[[str], str], ...] = (str, str.casefold, without_punctuation, without_qualifier)
    for form in forms if wanted else ():
        key = form(wanted)
        matches = [
            index for index, known in enumerate(classes) if key and key in (form(known.label), form(known.id or "\0"))
        ]
        if len({classes[index].id for index in matches}) > 1:
            choices = listing([classes[index] for index in matches])
            raise InputError(f"{model} has several classes named {wanted!r}: choose {choices}.")
        if matches:
            return matches[0]
    near = nearest(classes, wanted)
    hint = f"did you mean {listing(near)}?" if near else "choose one of its own."
    raise InputError(f"{model} has no class {name!r}: {hint}")


def without_punctuation(name: str) -> str:
    """In lower case, with one space for whatever is neither letter nor digit.

    >>> without_punctuation("Crane (bird)"), without_punctuation("golden_retriever")
    ('crane bird', 'golden retriever')
    """
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def without_qualifier(name: str) -> str:
    """The same without a last part in brackets.

    >>> without_qualifier("crane (bird)"), without_qualifier("T-shirt")
    ('crane', 't shirt')
    """
    return without_punctuation(QUALIFIER.sub("", name))


def nearest(classes: Sequence[Named], wanted: str) -> list[Named]:
    """Classes whose label holds all the words of ``wanted``, then those that are spelt almost like it."""
    key = without_punctuation(wanted)
    labels: dict[str, Named] = {}
    for known in classes:
        labels.setdefault(without_punctuation(known.label), known)
    words = set(key.split())
    holding = [label for label in labels if words and words <= set(label.split())]
    close = difflib.get_close_matches(key, labels, SUGGESTIONS, cutoff=0.75) if key else []
    return [labels[label] for label in dict.fromkeys([*holding, *close])][:SUGGESTIONS]


def listing(classes: Sequence[Named]) -> str:
    """Labels with their ids, as a sentence says them."""
    names = [f"{known.label}, {known.id}" if known.id and known.id != known.label else known.label for known in classes]
    return " or ".join(["; ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
