"""Where datasets lie, and how many and how large they may be."""

import shutil
from pathlib import Path

from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.settings import Settings
from zoo.core.visitor_folders import HOUR, OWNER_FILE, VisitorFolders, content
from zoo.exhibits.train.addition import used_bytes
from zoo.exhibits.train.dataset_records import Records

LIFETIME = 7 * 86_400  # seconds after the last change
DATASETS_PER_OWNER = 5
MAX_OWNER_BYTES, MAX_TOTAL_BYTES = 2 * 10**9, 10**10
FOLDERS = VisitorFolders("datasets", "pictures to train on", LIFETIME)


def check_quota(owner: str) -> None:
    """Whether an owner may have one more; empty ones of the owner are removed.

    Raises InputError when the owner has too many, BusyError when an address has, or the directory is full.
    """
    FOLDERS.sweep()
    for folder in FOLDERS.of_owner(owner):
        if _is_empty(folder):
            shutil.rmtree(folder, ignore_errors=True)
    if len(FOLDERS.of_owner(owner)) >= DATASETS_PER_OWNER:
        raise InputError(f"You have {DATASETS_PER_OWNER} sets of pictures or texts here: remove one, then try again.")
    limit = Settings().models_per_address
    if len(FOLDERS.of_address(owner)) >= limit:
        raise BusyError(
            f"Your network address has {limit} sets of pictures or texts here: try again in some days.", HOUR
        )
    _check_total(FOLDERS.finished())


def check_room(folder: Path) -> None:
    """Whether pictures may be added to a dataset. Raises InputError where its owner has too many, BusyError where the
    directory is full.
    """
    folders = FOLDERS.finished()
    owner = content(folder / OWNER_FILE)
    if sum(used_bytes(each) for each in folders if content(each / OWNER_FILE) == owner) > MAX_OWNER_BYTES:
        raise InputError(
            f"Your pictures here have more than {MAX_OWNER_BYTES // 10**6:,} MB: remove some, then try again."
        )
    _check_total(folders)


def _check_total(folders: list[Path]) -> None:
    if sum(map(used_bytes, folders)) > MAX_TOTAL_BYTES:
        raise BusyError("The directory of pictures to train on is full: try again when some have expired.", HOUR)


def _is_empty(folder: Path) -> bool:
    try:
        return not Records(folder).state.items
    except NotFoundError:  # removed since the folders were listed
        return False
