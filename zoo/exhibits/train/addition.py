"""Pictures on their way into a dataset: decoded and written beside it, then all at once in it, or none."""

import hashlib
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path, PurePosixPath

from PIL import Image

from zoo.core.archives import clean_name
from zoo.core.errors import InputError, TooLargeError
from zoo.core.images import decode_image
from zoo.core.storage import storing
from zoo.core.visitor_folders import HOUR
from zoo.exhibits.train.dataset_records import Broken, Item, Mark, Records, State, write_whole
from zoo.exhibits.train.folder_layout import Place

MAX_LABEL, MAX_NAME = 60, 200  # characters
MAX_PICTURES, MAX_CLASSES = 10_000, 500
MAX_BYTES = 1_500_000_000  # of a dataset's files
KEPT_BYTES, KEPT_PIXELS = 512 * 1024, 2_000_000  # of a file that is kept as it came
KEPT_SIDE, KEPT_QUALITY = 800, 92  # in pixels, and of the JPEG, of one that is larger
THUMBNAIL = 128  # pixels of the longer side
PICTURES, THUMBNAILS, BYTES_FILE = "pictures", "thumbnails", ".bytes"
NO_CLASS = "It lies in no folder of a class."
STAGING = "adding-"


@dataclass(frozen=True)
class Added:
    """What came of adding files: items that are new or taken in again, files set aside, and what else there is to
    know, a sentence each.
    """

    items: tuple[Item, ...]
    broken: tuple[Broken, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Staged:
    """A picture that is written beside. ``digest``: SHA-256 of what was brought; ``size``: bytes that are kept."""

    path: PurePosixPath
    digest: str
    size: int

    @property
    def name(self) -> str:
        return short_name(str(self.path))


class Addition:
    """``folder``: of the dataset. Use it as a context: what was not committed is removed at its end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.records = folder, Records(folder)
        self.staged: list[_Staged] = []
        self.broken: list[Broken] = []
        self.notes: list[str] = []
        self.reduced = 0
        self._bytes = used_bytes(folder)
        for left in folder.glob(f"{STAGING}*"):  # by a process that was killed
            if time.time() - left.stat().st_mtime > HOUR:
                shutil.rmtree(left, ignore_errors=True)
        with storing("The pictures"):
            self.staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
            (self.staging / PICTURES).mkdir()
            (self.staging / THUMBNAILS).mkdir()

    def __enter__(self) -> "Addition":
        return self

    def __exit__(self, *exception: object) -> None:
        shutil.rmtree(self.staging, ignore_errors=True)

    def set_aside(self, name: str, reason: str) -> None:
        """List a file that is no picture."""
        self.broken.append(Broken(short_name(name), reason))

    def add(self, name: str, data: bytes) -> None:
        """Decode a picture and write it beside the dataset. Raises TooLargeError, StorageError, UnavailableError."""
        try:
            picture = decode_image(data)
        except InputError as error:
            self.set_aside(name, str(error))
            return
        digest = hashlib.sha256(data).hexdigest()
        if len(data) > KEPT_BYTES or picture.width * picture.height > KEPT_PIXELS:
            data = _jpeg(picture, KEPT_SIDE, KEPT_QUALITY)
            self.reduced += 1
        small = _jpeg(picture, THUMBNAIL, 85)
        if not (self.staging / PICTURES / digest).exists():
            self._bytes += len(data) + len(small)
        if self._bytes > MAX_BYTES:
            raise TooLargeError(f"The pictures have more than {MAX_BYTES // 10**6:,} MB: send fewer or smaller ones.")
        with storing("The pictures"):
            (self.staging / PICTURES / digest).write_bytes(data)
            (self.staging / THUMBNAILS / digest).write_bytes(small)
        self.staged.append(_Staged(PurePosixPath(name), digest, len(data) + len(small)))

    @property
    def names(self) -> list[PurePosixPath]:
        """Of the pictures so far."""
        return [staged.path for staged in self.staged]

    def commit(self, places: Iterable[Place]) -> Added:
        """Move the pictures into the dataset, each to its place; with the dataset's lock.

        Raises TooLargeError beyond a limit of the dataset, StorageError, UnavailableError.
        """
        state = self.records.state
        plan = _Plan(state)
        for staged, place in zip(self.staged, places, strict=True):
            if place.label:
                plan.put(staged, place)
            else:
                self.set_aside(staged.name, NO_CLASS)
        items = {**state.items, **plan.new}
        if len(items) > MAX_PICTURES:
            raise TooLargeError(f"A dataset holds {MAX_PICTURES:,} pictures at most: these would be {len(items):,}.")
        if len({item.label for item in items.values()}) > MAX_CLASSES:
            raise TooLargeError(f"A dataset has {MAX_CLASSES} classes at most: put the pictures into fewer folders.")
        with storing("The pictures"), self._moved(plan):
            self.records.add(plan.new.values(), plan.to_test, self.broken)
            for label, ids in plan.again.items():
                self.records.mark(Mark(tuple(ids), {"label": label, "dropped": False}))
        state = self.records.state
        ids = [*plan.new, *(id for again in plan.again.values() for id in again)]
        if self.reduced:
            self.notes.append(
                f"Large pictures that are kept at {KEPT_SIDE} pixels of the longer side: {self.reduced:,}."
            )
        return Added(tuple(state.items[id] for id in ids), tuple(self.broken), (*self.notes, *plan.notes()))

    @contextmanager
    def _moved(self, plan: "_Plan") -> Iterator[None]:
        """The new files in their place; away again where the block fails. They count before they are there."""
        sizes = {staged.digest: staged.size for staged in self.staged}
        new = [each for each in plan.digests if not (self.folder / PICTURES / each).exists()]
        used = used_bytes(self.folder) + sum(sizes[each] for each in new)
        write_whole(self.folder / BYTES_FILE, str(used).encode())
        moved: list[Path] = []
        try:
            for digest in new:
                for kind in (THUMBNAILS, PICTURES):
                    moved.append((self.staging / kind / digest).rename(self.folder / kind / digest))
            yield
        except OSError:
            for file in moved:
                file.unlink(missing_ok=True)
            raise


class _Plan:
    """Which staged pictures are new items, by what is there already."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.new: dict[str, Item] = {}
        self.again: dict[str, list[str]] = {}  # dropped items that are taken in again, by label
        self.to_test: list[str] = []
        self.known = 0
        self.digests: dict[str, None] = {}
        self._labels: dict[str, dict[str, Item]] = {}  # of kept items, by digest
        for item in state.items.values():
            if not item.dropped:
                self._labels.setdefault(item.digest, {})[item.label] = item
        self._two: dict[str, str] = {}
        self._both: set[str] = set()

    def put(self, staged: _Staged, place: Place) -> None:
        label, test = place.label, place.part == "test"
        id = hashlib.sha256(f"{staged.digest} {label}".encode()).hexdigest()[:16]
        former = self.new.get(id) or self.state.items.get(id)
        same = self._labels.setdefault(staged.digest, {})
        if label not in same and same:
            self._two[staged.name] = f"{staged.name} ({' and '.join(sorted({label, *same}))})"
        if test != any(item.test for item in same.values()) and same:
            self._both.add(staged.digest)
        if test:
            self._hold_out(same)
        if former is not None and former.dropped:
            self.again.setdefault(label, []).append(id)
            same[label] = replace(former, label=label, dropped=False)
            if test and not former.test:
                self.to_test.append(id)
        elif label in same or former is not None:
            self.known += 1
        else:
            test = test or any(item.test for item in same.values())
            self.new[id] = same[label] = Item(id, staged.name, label, label, False, test, staged.digest)
            self.digests[staged.digest] = None

    def _hold_out(self, same: dict[str, Item]) -> None:
        """The same bytes in the test and in training would be tested on what was trained on: they stay in the test."""
        for label, item in same.items():
            same[label] = replace(item, test=True)
            if item.id in self.new:
                self.new[item.id] = same[label]
            elif not item.test:
                self.to_test.append(item.id)

    def notes(self) -> Iterator[str]:
        if self.known:
            yield f"{self.known:,} pictures were there already, byte for byte: each is kept once a class."
        if self._two:
            examples = "; ".join(list(self._two.values())[:3])
            yield f"Pictures in two classes, of which one must be wrong: {len(self._two):,}. {examples}."
        if self._both:
            yield f"Pictures that came for training and for the test, and are kept for the test: {len(self._both):,}."


def used_bytes(folder: Path) -> int:
    """Of a dataset's pictures and thumbnails."""
    try:
        return int((folder / BYTES_FILE).read_text() or 0)
    except (OSError, ValueError):
        return 0


def _jpeg(picture: Image.Image, side: int, quality: int) -> bytes:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = BytesIO()
    small.save(file, "JPEG", quality=quality)
    return file.getvalue()


def short_name(name: str) -> str:
    """A name for people, of which the end is kept."""
    name = unicodedata.normalize("NFC", clean_name(name))
    return name if len(name) <= MAX_NAME else f"…{name[1 - MAX_NAME :]}"


def check_label(label: str) -> str:
    """A label on one line. Raises InputError for one that is empty or too long."""
    label = _label(label)
    if not 0 < len(label) <= MAX_LABEL:
        raise InputError(f"Give the class a name of 1 to {MAX_LABEL} characters.")
    return label


def folder_label(folder: str) -> str:
    """The label that a folder's name gives: one that is too long is cut, and stays different from others."""
    label = _label(folder)
    if len(label) <= MAX_LABEL:
        return label
    return f"{label[: MAX_LABEL - 8]}…{hashlib.sha256(label.encode()).hexdigest()[:7]}"


def _label(text: str) -> str:
    one_line = " ".join(unicodedata.normalize("NFC", text).split())
    return " ".join(clean_name(one_line).split())
