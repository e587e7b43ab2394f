"""The pictures of one visitor on disk, with their labels, and the marks that the visitor sets on them.

One folder a dataset, under a secret random name, in the directory of the setting ``data``. It expires ``LIFETIME``
seconds after its last change. Every change is on disk when the call returns: it survives a reload and a restart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from zoo.core.jobs import Steps
from zoo.core.user_models import LOCAL_OWNER


@dataclass(frozen=True)
class Item:
    """A picture. ``label``: its class now; ``brought``: the class that it came with. ``test``: kept for the test by
    the visitor, never trained on. ``digest``: SHA-256 of the file that was brought, the same for the same bytes.
    """

    id: str
    name: str
    label: str
    brought: str
    dropped: bool
    test: bool
    digest: str


@dataclass(frozen=True)
class Broken:
    """A file that was set aside, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Added:
    """What came of adding files: new items, files set aside, and what else there is to know, a sentence each."""

    items: tuple[Item, ...]
    broken: tuple[Broken, ...]
    notes: tuple[str, ...]


class Dataset:
    """Pictures with labels. Every method raises NotFoundError once the dataset has expired or was removed."""

    token: str

    @classmethod
    def create(cls, owner: str = LOCAL_OWNER) -> "Dataset":
        """A new, empty one. Raises InputError when the owner has too many, BusyError when the directory is full."""
        raise NotImplementedError

    @classmethod
    def open(cls, token: str) -> "Dataset":
        """The one with this secret name. Raises NotFoundError."""
        raise NotImplementedError

    @classmethod
    def owned(cls, owner: str = LOCAL_OWNER) -> "tuple[Dataset, ...]":
        """Those of an owner, the oldest first."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove it with all its pictures."""
        raise NotImplementedError

    @property
    def items(self) -> tuple[Item, ...]:
        """All pictures, dropped ones too, in the order in which they came."""
        raise NotImplementedError

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The files that were set aside so far."""
        raise NotImplementedError

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of kept items, sorted."""
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        """A hash that changes with items, labels, drops and the choice for the test."""
        raise NotImplementedError

    def add_files(self, files: Iterable[tuple[str, bytes]], label: str, test: bool = False) -> Added:
        """Add pictures, (name, bytes) each, to a class: all that can be decoded, or none where an error is raised.

        Raises InputError for a label that is empty or too long, TooLargeError beyond a limit of the dataset, BusyError
        where the directory is full, StorageError or UnavailableError where the disk refuses.
        """
        raise NotImplementedError

    def add_archive(self, path: Path, test: bool = False) -> Steps[Added]:
        """Add a zip, a tar or a folder of class folders: a job, all or nothing, the same when it is closed early.

        The class of a file is the folder that holds it. Folders above that are named train, val or test tell the test
        apart: without one named test, val is the test. Raises what ``read_archive`` and ``add_files`` raise.
        """
        raise NotImplementedError

    def picture(self, id: str) -> Image.Image:
        """The decoded picture of an item, RGB. Raises NotFoundError for an id that is none."""
        raise NotImplementedError

    def thumbnail(self, id: str) -> bytes:
        """A JPEG of at most ``THUMBNAIL`` pixels a side. Raises NotFoundError for an id that is none."""
        raise NotImplementedError

    def relabel(self, ids: Iterable[str], label: str) -> None:
        """Give items another label. Raises InputError for a label that is none, NotFoundError for an id that is."""
        raise NotImplementedError

    def drop(self, ids: Iterable[str]) -> None:
        """Leave items out, until they are restored. Raises NotFoundError."""
        raise NotImplementedError

    def restore(self, ids: Iterable[str]) -> None:
        """Take dropped items in again. Raises NotFoundError."""
        raise NotImplementedError

    def rename_class(self, old: str, new: str) -> None:
        """Give all items of a class another label. Raises InputError for a new label that is none."""
        raise NotImplementedError

    def remove_class(self, label: str) -> None:
        """Drop all items of a class."""
        raise NotImplementedError

    def undo(self) -> bool:
        """Take back the last of these changes that is not taken back; whether there was one."""
        raise NotImplementedError
