"""What a disk refuses, as errors with a sentence: full, over a quota, read-only, not permitted."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo.core.errors import StorageError, UnavailableError, ZooError

logger = logging.getLogger(__name__)
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
NO_TEMPORARY_FOLDER = "No usable temporary directory"  # how tempfile says that it could write nowhere


def storage_error(error: BaseException, what: str = "What this needs") -> ZooError | None:
    """The error of a full or read-only disk as ours; None for any other. ``what`` could not be stored.

    >>> storage_error(OSError(28, "No space left on device"), "The upload")
    StorageError('The upload cannot be stored: the disk is full. Free some space, then try again.')
    """
    if not isinstance(error, OSError):
        return None
    if error.errno in FULL:
        return StorageError(f"{what} cannot be stored: the disk is full. Free some space, then try again.")
    if error.errno in REFUSED or NO_TEMPORARY_FOLDER in str(error):
        return UnavailableError(
            f"{what} cannot be stored: the folder is read-only here, or full. Whoever runs this can make it writable."
        )
    return None


@contextmanager
def storing(what: str) -> Iterator[None]:
    """Raises StorageError or UnavailableError where the disk refuses what the block writes; the path goes to the log.

    Any other error of the system, such as a broken disk, is an UnavailableError too.
    """
    try:
        yield
    except TimeoutError:  # of a lock, not of the disk
        raise
    except OSError as error:
        logger.warning("%s cannot be stored: %s", what, error)
        raise storage_error(error, what) or UnavailableError(
            f"{what} cannot be stored ({error.strerror or type(error).__name__}): try again later."
        ) from error


def set_aside(path: Path) -> Path:
    """Rename a damaged file, so that it can be looked at and is in nobody's way. Raises UnavailableError."""
    target = path.with_name(f"{path.name}.damaged")
    with storing("A damaged file"):
        path.replace(target)
    logger.error("%s is damaged; it was set aside as %s", path, target.name)
    return target
