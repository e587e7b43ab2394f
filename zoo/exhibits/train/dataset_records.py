"""What the disk keeps of a dataset beside its pictures: the index, a line a picture, and the journal, a line a mark.

Both are only ever appended to in whole lines: what a process that was killed left of one is not read. A mark sets
absolute values, so that older ones can be folded into the index at any time. ``undo`` takes the last line back.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from zoo.core.errors import NotFoundError

INDEX, JOURNAL = "index.jsonl", "journal.jsonl"
MAX_JOURNAL = 10**6  # bytes, before the older half is folded into the index
MAX_BROKEN = 1000  # that are kept

NOT_KEPT = "These pictures are no longer kept: they have expired or were removed. Add them again."


@dataclass(frozen=True)
class Item:
    """A picture. ``label``: its class now; ``brought``: the class that it came with. ``test``: kept for the test by
    the visitor, never trained on. ``digest``: SHA-256 of the file that was brought, the same for the same bytes.
    ``confirmed``: the visitor said that the label is right.
    """

    id: str
    name: str
    label: str
    brought: str
    dropped: bool
    test: bool
    digest: str
    confirmed: bool = False


@dataclass(frozen=True)
class Broken:
    """A file that was set aside, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Mark:
    """Values of some items, by the names of ``Item``'s fields."""

    ids: tuple[str, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """All of a dataset's records; ``items`` by id."""

    items: Mapping[str, Item]
    broken: tuple[Broken, ...]
    marks: int


class Records:
    """The two files of a dataset. Reading is safe at any time; writing needs the dataset's lock."""

    def __init__(self, folder: Path) -> None:
        self.index, self.journal = folder / INDEX, folder / JOURNAL
        self._read: tuple[object, State] | None = None

    def make(self) -> None:
        """Write them empty."""
        self.index.touch()
        self.journal.touch()

    @property
    def state(self) -> State:
        """What the files hold now. Raises NotFoundError where they are gone."""
        try:
            stats = [file.stat() for file in (self.index, self.journal)]
            version = [(stat.st_size, stat.st_mtime_ns, stat.st_ino) for stat in stats]
            if self._read is None or self._read[0] != version:
                self._read = version, self._state()
        except OSError as error:
            raise NotFoundError(NOT_KEPT) from error
        return self._read[1]

    def _state(self) -> State:
        items: dict[str, Item] = {}
        broken: list[Broken] = []
        for line in _lines(self.index):
            record = json.loads(line)
            if "reason" in record:
                broken.append(Broken(**record))
            elif record["id"] in items:
                items[record["id"]] = replace(items[record["id"]], **record)
            else:
                items[record["id"]] = Item(**record)
        marks = [_mark(line) for line in _lines(self.journal)]
        _apply(items, marks)
        return State(items, tuple(broken), len(marks))

    def add(self, items: Iterable[Item], to_test: Iterable[str], broken: Iterable[Broken]) -> None:
        """Append items and files that were set aside; the items ``to_test`` belong to the test from now on."""
        self._read = None
        kept = list(broken)[: max(0, MAX_BROKEN - len(self.state.broken))]
        patches = ({"id": id, "test": True} for id in to_test)
        _append(self.index, chain(map(asdict, items), patches, map(asdict, kept)))

    def mark(self, mark: Mark) -> None:
        """Append a mark."""
        self._read = None
        if self.journal.stat().st_size > MAX_JOURNAL:
            self._fold()
        _append(self.journal, [asdict(mark)])

    def undo(self) -> bool:
        """Take the last mark back; whether there was one."""
        self._read = None
        lines = _lines(self.journal)
        if lines:
            os.truncate(self.journal, sum(map(len, lines[:-1])))
        return bool(lines)

    def _fold(self) -> None:
        """Write the older half of the marks into the index; killed in between, both have it, and nothing changes."""
        lines = _lines(self.journal)
        older, newer = lines[: len(lines) // 2], lines[len(lines) // 2 :]
        only = Records(self.index.parent)
        only.journal = Path(os.devnull)
        state = only._state()
        items = dict(state.items)
        _apply(items, [_mark(line) for line in older])
        records = chain(map(asdict, items.values()), map(asdict, state.broken))
        write_whole(self.index, b"".join(_encoded(records)))
        write_whole(self.journal, b"".join(newer))


def write_whole(file: Path, data: bytes) -> None:
    """Replace a file; where the disk refuses, it is as it was. Raises OSError."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(file)
    finally:
        with suppress(OSError):  # on a read-only disk there is none
            partial.unlink(missing_ok=True)


def _mark(line: bytes) -> Mark:
    return Mark(**json.loads(line))


def _apply(items: dict[str, Item], marks: Iterable[Mark]) -> None:
    for mark in marks:
        for id in mark.ids:
            if id in items:
                items[id] = replace(items[id], **mark.values)


def _lines(file: Path) -> list[bytes]:
    """The whole lines of a file, with their ends."""
    lines = file.read_bytes().splitlines(keepends=True)
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _encoded(records: Iterable[Mapping[str, Any]]) -> Iterable[bytes]:
    return (json.dumps(record).encode() + b"\n" for record in records)


def _append(file: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Append all lines, or none where the disk refuses."""
    size = sum(map(len, _lines(file)))  # after it may be what is left of a line
    data = memoryview(b"".join(_encoded(records)))
    with file.open("r+b", buffering=0) as opened:  # a buffer would be written once more when it is closed
        opened.truncate(size)
        opened.seek(size)
        try:
            while data:
                data = data[opened.write(data) :]
        except OSError:
            opened.truncate(size)
            raise
