"""How much official models may be downloaded in all, so that no visitor fills the disk.

A ledger in the folder of the setting ``data`` holds the bytes of each download by its path. What else lies in the
caches, of other programs, is not counted; what was removed no longer is.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from filelock import FileLock

from zoo.core.errors import StorageError, UnavailableError
from zoo.core.files import write_file
from zoo.core.settings import Settings
from zoo.core.storage import set_aside, storing

LEDGER = "downloads.json"
FREE = 500 * 10**6  # bytes of the disk that no download may take
STARTING = 3600.0  # seconds in which a download counts that has written nothing yet


class Entry(TypedDict):
    """A download: its bytes, and when it began, in seconds since 1970."""

    bytes: int
    at: float


def check_downloads() -> None:
    """Raises UnavailableError where the operator allows no downloads."""
    if Settings().download_gb == 0:
        raise UnavailableError("Downloads of official models are switched off here: choose a bundled model.")


def reserve(path: Path, size: int) -> None:
    """Enter a download of ``size`` bytes to ``path``, a file or a folder, before it begins.

    Raises StorageError beyond the operator's limit or for a disk with too little space, UnavailableError where
    downloads are switched off or the ledger cannot be written.
    """
    check_downloads()
    limit = Settings().download_gb * 1e9
    with _ledger() as entries:
        used = sum(entry["bytes"] for known, entry in entries.items() if known != str(path))
        if used + size > limit:
            raise StorageError(
                f"It has {size / 1e9:.2f} GB, and {max(0.0, limit - used) / 1e9:.2f} of {limit / 1e9:.2f} GB are left "
                "for downloads here (ZOO_DOWNLOAD_GB): choose a smaller model, or ask whoever runs this to remove some."
            )
        free = shutil.disk_usage(_existing(path)).free
        if size > free - FREE:
            raise StorageError(
                f"It has {size / 1e9:.2f} GB, and the disk has {max(0, free - FREE) / 1e9:.2f} GB to spare: choose a "
                "smaller model, or free some space."
            )
        entries[str(path)] = {"bytes": size, "at": time.time()}


def release(path: Path) -> None:
    """Strike a download off that left nothing on the disk."""
    if not _is_present(path):
        with _ledger() as entries:
            entries.pop(str(path), None)


def used_bytes() -> int:
    """Bytes of all downloads that are on the disk, or have begun."""
    with _ledger() as entries:
        return sum(entry["bytes"] for entry in entries.values())


@contextmanager
def _ledger() -> Iterator[dict[str, Entry]]:
    """The entries that count, to be changed: written when the block ends. One process at a time."""
    folder = Settings().data
    with storing("The list of downloads"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{LEDGER}.lock")
        with lock:
            file = folder / LEDGER
            entries = {known: entry for known, entry in _read(file).items() if _counts(Path(known), entry)}
            before = dict(entries)
            yield entries
            if entries != before or not file.exists():
                write_file(file, json.dumps(entries, indent=1).encode())


def _read(file: Path) -> dict[str, Entry]:
    if not file.exists():
        return {}
    try:
        record = json.loads(file.read_bytes())
        return {str(path): {"bytes": int(e["bytes"]), "at": float(e["at"])} for path, e in record.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        set_aside(file)
        return {}


def _counts(path: Path, entry: Entry) -> bool:
    return _is_present(path) or 0 <= time.time() - entry["at"] < STARTING


def _is_present(path: Path) -> bool:
    """Whether the file, its partial one, or anything of the folder is on the disk."""
    if path.is_dir():
        return any(path.iterdir())
    return path.exists() or path.with_name(f"{path.name}.partial").exists()


def _existing(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
