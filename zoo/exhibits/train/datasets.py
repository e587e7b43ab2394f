"""The pictures of one visitor on disk, with their labels, and the marks that the visitor sets on them.

One folder a dataset, under a secret random name, in the directory of the setting ``data``. It expires ``LIFETIME``
seconds after its last change. Every change is on disk when the call returns: it survives a reload and a restart.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from PIL import Image

from zoo.core.archives import read_archive
from zoo.core.background import advanced_in_background
from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.images import decode_image
from zoo.core.steps import Progress, Steps
from zoo.core.storage import storing
from zoo.core.user_models import LOCAL_OWNER
from zoo.exhibits.train.addition import (
    MAX_BYTES,
    MAX_PICTURES,
    PICTURES,
    THUMBNAIL,
    THUMBNAILS,
    Added,
    Addition,
    check_label,
    folder_label,
)
from zoo.exhibits.train.dataset_quotas import FOLDERS, LIFETIME, check_quota, check_room
from zoo.exhibits.train.dataset_records import NOT_KEPT, Broken, Item, Mark, Records
from zoo.exhibits.train.folder_layout import Place, places

__all__ = ["LIFETIME", "THUMBNAIL", "Added", "Broken", "Dataset", "Item"]

MAX_ARCHIVE_FILES = 2 * MAX_PICTURES + 5000  # an archive of macOS has two entries a file, and there are folders
MAX_ARCHIVE_BYTES = 2 * MAX_BYTES  # unpacked: large pictures are kept smaller
LOCK_SECONDS = 30


class Dataset:
    """Pictures with labels, in ``folder``. Every method raises NotFoundError once it has expired or was removed.

    What changes it raises StorageError or UnavailableError where the disk refuses, and then changes nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, folder.name
        self._records = Records(folder)

    @classmethod
    def create(cls, owner: str = LOCAL_OWNER) -> "Dataset":
        """A new, empty one; other empty ones of the owner are removed.

        Raises InputError when the owner has too many, BusyError when an address has, or the directory is full.
        """
        check_quota(owner)
        partial, folder = FOLDERS.new()
        try:
            with storing("The pictures"):
                for each in (PICTURES, THUMBNAILS):
                    (partial / each).mkdir(parents=True)
                Records(partial).make()
                FOLDERS.stamp(partial, owner)
                partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls(folder)

    @classmethod
    def open(cls, token: str) -> "Dataset":
        """The one with this secret name. Raises NotFoundError."""
        folder = FOLDERS.open(token)
        if folder is None:
            raise NotFoundError(NOT_KEPT)
        return cls(folder)

    @classmethod
    def owned(cls, owner: str = LOCAL_OWNER) -> "tuple[Dataset, ...]":
        """Those of an owner, the oldest first."""
        FOLDERS.sweep()
        return tuple(cls(folder) for folder in FOLDERS.of_owner(owner))

    def remove(self) -> None:
        """Remove it with all its pictures; without effect once it is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def items(self) -> tuple[Item, ...]:
        """All pictures, dropped ones too, in the order in which they came."""
        return tuple(self._records.state.items.values())

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The files that were set aside so far."""
        return self._records.state.broken

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of kept items, sorted."""
        return tuple(sorted({item.label for item in self.items if not item.dropped}))

    @property
    def marks(self) -> int:
        """How many changes ``undo`` can take back."""
        return self._records.state.marks

    @property
    def fingerprint(self) -> str:
        """A hash that changes with items, labels, drops and the choice for the test."""
        lines = sorted(f"{item.id} {item.dropped} {item.test} {item.label}\n" for item in self.items)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def add_files(self, files: Iterable[tuple[str, bytes]], label: str, test: bool = False) -> Added:
        """Add pictures, (name, bytes) each, to a class: all that can be decoded, or none where an error is raised.

        The same bytes are one item of a class; dropped ones are taken in again. Large pictures are kept smaller.
        Raises InputError for a label that is empty or too long, TooLargeError beyond a limit of the dataset, BusyError
        where the directory is full.
        """
        label = check_label(label)
        with Addition(self._checked()) as addition:
            for name, data in files:
                addition.add(name, data)
            return self._commit(addition, [Place(label, "test" if test else "train")] * len(addition.names))

    def add_archive(self, path: Path, test: bool = False) -> Steps[Added]:
        """Add a zip, a tar or a folder of class folders: a job, all or nothing; closed early, it adds nothing.

        The class of a file is the folder that holds it. Folders named train, val or test tell the test apart; without
        one named test, val is the test. ``test``: all of it is. Raises InputError where nothing lies in a class's
        folder, and what ``read_archive`` and ``add_files`` raise.
        """
        return advanced_in_background(self._add_archive(path, test), "Reading the archive")

    def _add_archive(self, path: Path, test: bool) -> Steps[Added]:
        total: list[int] = []
        with Addition(self._checked()) as addition:
            limits = {"max_files": MAX_ARCHIVE_FILES, "max_bytes": MAX_ARCHIVE_BYTES}
            files = read_archive(path, **limits, tell=addition.set_aside, announce=total.append)
            for number, (name, data) in enumerate(files, 1):
                addition.add(str(name), data)
                yield Progress(number, total[0], f"Picture {number:,} of {total[0]:,}")
            where = [Place(folder_label(each.label), each.part) for each in places(addition.names)]
            if not any(place.label for place in where):
                left_out = "".join(f" {each.name} was left out: {each.reason}" for each in addition.broken[:1])
                raise InputError(
                    f"There is no picture in the folder of a class: put those of each class into a folder.{left_out}"
                )
            has_test = any(place.part == "test" for place in where)
            held_out = {"test"} if has_test else {"val"}
            return self._commit(
                addition, [Place(each.label, "test" if test or each.part in held_out else "train") for each in where]
            )

    def _commit(self, addition: Addition, where: list[Place]) -> Added:
        with self._locked():
            return addition.commit(where)

    def picture(self, id: str) -> Image.Image:
        """The decoded picture of an item, RGB. Raises NotFoundError for an id that is none."""
        return decode_image(self._content(PICTURES, id))

    def thumbnail(self, id: str) -> bytes:
        """A JPEG of at most ``THUMBNAIL`` pixels a side. Raises NotFoundError for an id that is none."""
        return self._content(THUMBNAILS, id)

    def _content(self, kind: str, id: str) -> bytes:
        (item,) = self._items([id])
        try:
            return (self.folder / kind / item.digest).read_bytes()
        except OSError as error:
            raise NotFoundError(NOT_KEPT) from error

    def relabel(self, ids: Iterable[str], label: str) -> None:
        """Give items another label. Raises InputError for a label that is none, NotFoundError for an id that is."""
        self._mark(ids, label=check_label(label), confirmed=False)

    def drop(self, ids: Iterable[str]) -> None:
        """Leave items out, until they are restored. Raises NotFoundError for an id that is none."""
        self._mark(ids, dropped=True)

    def restore(self, ids: Iterable[str]) -> None:
        """Take dropped items in again. Raises NotFoundError for an id that is none."""
        self._mark(ids, dropped=False)

    def confirm(self, ids: Iterable[str]) -> None:
        """Mark that the labels of items are right. Raises NotFoundError for an id that is none."""
        self._mark(ids, confirmed=True)

    def rename_class(self, old: str, new: str) -> None:
        """Give all items of a class another label, dropped ones too; they join the class that has it already.

        Raises InputError for a new label that is none, NotFoundError for an old one.
        """
        self._mark(self._of_class(old, lambda item: True), label=check_label(new))

    def remove_class(self, label: str) -> None:
        """Drop all items of a class. Raises NotFoundError for one that is none."""
        self._mark(self._of_class(label, lambda item: not item.dropped), dropped=True)

    def _of_class(self, label: str, include: Callable[[Item], bool]) -> list[str]:
        ids = [item.id for item in self.items if item.label == label and include(item)]
        if not ids:
            raise NotFoundError(f"There is no class {label[:60]}: it was renamed or removed.")
        return ids

    def _mark(self, ids: Iterable[str], **values: Any) -> None:
        with self._locked(), storing("The change"):
            items = [item for item in self._items(ids) if values.items() - vars(item).items()]
            if items:
                self._records.mark(Mark(tuple(item.id for item in items), values))

    def undo(self) -> bool:
        """Take back the last of these changes that is not taken back; whether there was one."""
        with self._locked(), storing("The change"):
            return self._records.undo()

    def _items(self, ids: Iterable[str]) -> list[Item]:
        items = self._records.state.items
        try:
            return [items[id] for id in ids]
        except KeyError as error:
            raise NotFoundError("There is no such picture in this dataset: load the page again.") from error

    def _checked(self) -> Path:
        """The folder, where more may be added. Raises NotFoundError, BusyError, TooLargeError."""
        assert self._records.state is not None  # raises where it is gone
        check_room(self.folder)
        return self.folder

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, of all processes; its time begins anew."""
        assert self._records.state is not None  # before the lock makes a folder
        try:
            with storing("The change"), FileLock(self.folder / ".lock", timeout=LOCK_SECONDS):
                FOLDERS.renew(self.folder)
                yield
        except Timeout as error:
            raise BusyError("These pictures are being changed elsewhere: try again in a moment.") from error
