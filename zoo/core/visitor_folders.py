"""Folders that visitors own: one under a secret random name for each thing that a visitor made, with an expiry.

Whoever knows a name may use the folder; no list has it but that of its owner: a secret of the one who made it, of which
the disk holds a hash alone. Times are those of ``zoo.core.service_clock``. Unfinished folders have a suffix.
"""

import hashlib
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zoo.core.errors import UnavailableError
from zoo.core.service_clock import ServiceClock
from zoo.core.settings import Settings

OWNER_FILE, SAVED_FILE, ADDRESS_FILE, CLOCK_FILE = ".owner", ".saved", ".address", ".clock"
MAX_ADDRESSES = 10_000  # that are known at once
HOUR = 3600.0


@dataclass(frozen=True)
class VisitorFolders:
    """The folders of one kind: ``name`` below the setting ``data``, ``what`` they are in a sentence, and how many
    seconds they live after they were stamped.
    """

    name: str
    what: str
    lifetime: float

    @property
    def directory(self) -> Path:
        """The folder that holds them all."""
        return Settings().data / self.name

    def all(self) -> list[Path]:
        """All folders, unfinished ones too; none where the directory is missing.

        Raises UnavailableError where it cannot be read.
        """
        try:
            return [folder for folder in self.directory.iterdir() if folder.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UnavailableError(
                f"The {self.what} cannot be read here ({error.strerror}): try again later."
            ) from error

    def finished(self) -> list[Path]:
        """Those in use."""
        return [folder for folder in self.all() if not folder.suffix]

    def of_owner(self, owner: str) -> list[Path]:
        """Finished ones of an owner, the oldest first."""
        digest = digest_of(owner)
        mine = [folder for folder in self.finished() if content(folder / OWNER_FILE) == digest]
        return sorted(mine, key=lambda folder: ((folder / OWNER_FILE).stat().st_mtime_ns, folder.name))

    def of_address(self, owner: str) -> list[Path]:
        """Finished ones of the network address that an owner's requests come from; none where that is not known."""
        address = _address_of(owner)
        return [folder for folder in self.finished() if address and content(folder / ADDRESS_FILE) == address]

    def new(self) -> tuple[Path, Path]:
        """A folder to fill, not made yet, and what to rename it to once it is whole."""
        token = secrets.token_hex(8)
        return self.directory / f"{token}.partial", self.directory / token

    def open(self, token: str) -> Path | None:
        """The finished folder of that name; None where there is none, or it has expired."""
        folder = self.directory / token
        is_name = re.fullmatch(r"[0-9a-f]{16}", token)
        return folder if is_name and folder.is_dir() and not self.expired(folder) else None

    def stamp(self, folder: Path, owner: str) -> None:
        """Write whose it is, from which network address and when."""
        (folder / OWNER_FILE).write_text(digest_of(owner))
        self.renew(folder)
        if address := _address_of(owner):
            (folder / ADDRESS_FILE).write_text(address)

    def renew(self, folder: Path) -> None:
        """Let its time begin anew."""
        (folder / SAVED_FILE).write_text(f"{self.now():.0f}")

    def sweep(self) -> None:
        """Remove what has expired, and what was never finished."""
        for folder in self.all():
            try:
                over = time.time() - folder.stat().st_mtime > HOUR if folder.suffix else self.expired(folder)
            except FileNotFoundError:  # another process removed it
                continue
            if over:
                shutil.rmtree(folder, ignore_errors=True)  # another process may be removing it too

    def now(self) -> float:
        """The reading of the directory's clock; not below any folder's, where the clock's file was lost."""
        clock = self.directory / CLOCK_FILE
        lost = not clock.exists()
        saved = [float(content(folder / SAVED_FILE) or 0) for folder in self.all()] if lost else []
        return ServiceClock(clock).now(max(saved, default=0.0))

    def expired(self, folder: Path) -> bool:
        """Of a folder without a date, as older versions saved, the time begins now."""
        now, saved = self.now(), content(folder / SAVED_FILE)
        if not saved.isdigit():
            with suppress(OSError):  # on a read-only disk nothing expires
                (folder / SAVED_FILE).write_text(f"{now:.0f}")
            return False
        return now - float(saved) > self.lifetime


def content(file: Path) -> str:
    """The text of a small file; empty where it cannot be read."""
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def digest_of(owner: str) -> str:
    """What the disk holds of an owner."""
    return hashlib.sha256(owner.encode()).hexdigest()


_addresses: OrderedDict[str, str] = OrderedDict()  # of owners whose requests are under way: hashes, as in the files
_addresses_lock = threading.Lock()


def set_address(owner: str, address: str | None) -> None:
    """Count what an owner makes from now on for a network address too. None: of no address."""
    if not address:
        return
    with _addresses_lock:
        _addresses[digest_of(owner)] = digest_of(f"address {address}")
        _addresses.move_to_end(digest_of(owner))
        while len(_addresses) > MAX_ADDRESSES:
            _addresses.popitem(last=False)


def _address_of(owner: str) -> str:
    with _addresses_lock:
        return _addresses.get(digest_of(owner), "")
