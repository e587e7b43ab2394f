"""One folder for the temporary files of a process, so that those of a process that was killed can be found.

Uploads and results that wait lie there. A lock tells whether the process lives; its number would not, since another
may have it by now, and in a container each has the same.
"""

import atexit
import logging
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from zoo.core.storage import storing

logger = logging.getLogger(__name__)
PREFIX, LOCK = "menagerie-", ".lock"


def use_own_folder() -> Path:
    """Let the temporary files of this process lie in a folder of its own, and remove those of dead processes.

    The folder goes with the process, or when another one starts after it was killed. Raises StorageError or
    UnavailableError where the system's folder for temporary files cannot be written.
    """
    with storing("Temporary files"):
        parent = Path(tempfile.gettempdir())
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = FileLock(folder / LOCK, thread_local=False)
        lock.acquire(blocking=False)
    remove_abandoned(parent)
    tempfile.tempdir = str(folder)

    def leave() -> None:
        tempfile.tempdir = None
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(leave)
    return folder


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of processes that ended without doing so."""
    for folder in parent.glob(f"{PREFIX}*/"):
        if not (folder / LOCK).exists():  # of another program, or of a process that starts just now
            continue
        try:
            with FileLock(folder / LOCK, blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout:  # it lives
            continue
        except OSError as error:  # another user's
            logger.info("%s stays: %s", folder, error)
