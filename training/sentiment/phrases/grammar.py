"""Sentences with their label from templates with slots, and which of both are held out."""

import re
import tomllib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from random import Random

from training.sentiment.tweets import CLASS_INDICES, HELD_OUT, NEGATIVE, POSITIVE

FOLDER = Path(__file__).parent
SLOT = re.compile(r"\{(\w+)([!+-]?)\}")
NOTHING = "_"
LABELS = {"either": (NEGATIVE, POSITIVE)} | {name: (index,) for name, index in CLASS_INDICES.items()}


class Part(Enum):
    """Made of templates and words that are all trained on; of a held-out template; or with held-out words."""

    TRAINING = "training"
    NEW_TEMPLATES = "new templates"
    NEW_WORDS = "new words"


@dataclass(frozen=True)
class Template:
    """``text`` has slots: {it}, of [frames]; {verb}, of its label; {verb!}, of the opposite; {verb+}, {verb-}."""

    text: str
    label: int
    kind: str  # "negation": the name of the file


@dataclass(frozen=True)
class Lexicon:
    """The entries of each slot."""

    frames: dict[str, list[str]]
    words: dict[tuple[int, str], list[str]]  # by label and slot


def is_held_out(text: str) -> bool:
    """One template and one entry in ten, by a checksum: an entry that stands in two slots is held out of both."""
    return zlib.crc32(text.encode()) % HELD_OUT == 0


@cache
def load_templates() -> list[Template]:
    """Those of all files, in the order of their names; a template of "either" once for each label."""
    return [
        Template(text, label, path.stem)
        for path in sorted((FOLDER / "templates").glob("*.toml"))
        for key, lines in tomllib.loads(path.read_text()).items()
        for text in lines.strip().splitlines()
        for label in LABELS[key]
    ]


@cache
def load_lexicon() -> Lexicon:
    table = tomllib.loads((FOLDER / "lexicon.toml").read_text())
    words = {
        (CLASS_INDICES[name], slot): split(text)
        for name, slots in table["words"].items()
        for slot, text in slots.items()
    }
    return Lexicon({slot: split(text) for slot, text in table["frames"].items()}, words)


def split(text: str) -> list[str]:
    """The entries of a slot."""
    return " ".join(text.split()).split(" / ")


def label_of_slot(sign: str, label: int) -> int:
    """Which label the words of a slot have, in a template of this label."""
    return {"": label, "!": POSITIVE - label, "+": POSITIVE, "-": NEGATIVE}[sign]


def templates_of(part: Part) -> list[Template]:
    held_out = part is Part.NEW_TEMPLATES
    return [template for template in load_templates() if is_held_out(template.text) == held_out]


def fill(template: Template, part: Part, rng: Random) -> tuple[str, list[str]]:
    """(sentence, the entries of [words] in it). Held-out entries alone for ``NEW_WORDS``, none for the other parts."""
    lexicon, used = load_lexicon(), []

    def entry(match: re.Match[str]) -> str:
        slot, sign = match.groups()
        if slot in lexicon.frames:
            chosen = rng.choice(lexicon.frames[slot])
        else:
            entries = lexicon.words[label_of_slot(sign, template.label), slot]
            chosen = rng.choice(
                [text for text in entries if is_held_out(text) == (part is Part.NEW_WORDS)] or [NOTHING]
            )
            used.append(chosen)
        return "" if chosen == NOTHING else SLOT.sub(entry, chosen)

    return " ".join(SLOT.sub(entry, template.text).split()), used


def sentences(part: Part, rng: Random, templates: Iterable[Template]) -> list[tuple[str, Template]]:
    """A sentence of each template that has one in this part."""
    filled = ((template, *fill(template, part, rng)) for template in templates)
    return [
        (sentence, template)
        for template, sentence, used in filled
        if NOTHING not in used and (used or part is not Part.NEW_WORDS)
    ]
