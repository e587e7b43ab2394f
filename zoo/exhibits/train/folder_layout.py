"""Which class each file of an archive is of, and for what part of the data, by the folders around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Part = Literal["train", "test", "val"]
PARTS: dict[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
}


@dataclass(frozen=True)
class Place:
    """``label``: the name of the class's folder; empty where the file is in none."""

    label: str
    part: Part


def places(names: Sequence[PurePosixPath]) -> list[Place]:
    """One for each file, in the same order.

    The class is the folder that holds the file, or where that has one name for all, the first folder that differs; the
    folder around all of them is none. Folders such as ``train`` and
    ``test`` tell the parts apart where there are several, above the class's folder or below it.
    """
    parents = [name.parent.parts for name in names]
    common = 0 if len(set(parents)) < 2 else _common(parents)
    below = [parent[common:] for parent in parents]
    parts = [next((PARTS[each.casefold()] for each in parent if each.casefold() in PARTS), None) for parent in below]
    without = [tuple(each for each in parent if each.casefold() not in PARTS) for parent in below]
    inner = any(part and rest for part, rest in zip(parts, without, strict=True))
    if not inner or len({part or "train" for part in parts}) < 2:
        return [Place(label, "train") for label in _labels(below)]
    return [Place(label, part or "train") for part, label in zip(parts, _labels(without), strict=True)]


def _labels(parents: Sequence[tuple[str, ...]]) -> list[str]:
    innermost = [parent[-1] if parent else "" for parent in parents]
    if len(set(innermost)) > 1 or not all(parents):
        return innermost
    depth = _common(parents) if len(set(parents)) > 1 else -1
    return [parent[depth] for parent in parents] if all(len(parent) > depth for parent in parents) else innermost


def _common(parents: Sequence[tuple[str, ...]]) -> int:
    """How many folders are around all files."""
    first, last = min(parents), max(parents)
    return next((n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
