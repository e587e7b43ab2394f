"""Output files: everything is checked before the work, and a file under its final name is always whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo.core.errors import InputError, StorageError
from zoo.core.storage import FULL


def check_output(target: Path, *sources: Path) -> None:
    """Raise InputError where ``target`` cannot be written, or is one of the ``sources``, through a link too."""
    parent = target.parent
    if "\0" in str(target):
        raise InputError(f"{target} cannot be written: its name has a null character. Choose another.")
    try:
        target.exists()
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror}): choose another name.") from error
    if not parent.is_dir():
        raise InputError(f"{target} cannot be written: there is no folder {parent}. Make it first.")
    if target.is_dir():
        raise InputError(f"{target} cannot be written: it is a folder. Name a file.")
    if str(target) == "-":
        raise InputError("- is no name of a file: results are not written to standard output. Name a file.")
    if not os.access(parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        raise InputError(f"{target} cannot be written: permission denied. Choose another place.")
    for source in sources:
        # Path.exists() raises for a name that is too long: a text may stand where a file may.
        if target.exists() and os.path.exists(source) and target.samefile(source):  # noqa: PTH110
            raise InputError(f"{target} is the input itself: name another file for the output.")


def partial_path(target: Path) -> Path:
    """The file beside ``target`` that ``replacing`` writes to; through a link, beside what it leads to."""
    target = target.resolve()
    return target.with_name(f".{target.name}.partial")


@contextmanager
def replacing(target: Path, *, keep_partial: bool = False) -> Iterator[Path]:
    """A path beside ``target`` to write to, renamed to ``target`` when the block ends without an error.

    After an error ``target`` is as it was, and what was written is removed; with ``keep_partial`` it stays at
    ``partial_path(target)``, for a later run to resume. Raises StorageError for a full disk, InputError when it refuses
    otherwise.
    """
    partial = partial_path(target)
    try:
        yield partial
        partial.replace(target.resolve())
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(f"{target.name} cannot be written: the disk is full. Free some space first.") from error
        raise InputError(
            f"{target} cannot be written ({error.strerror}): free some space or choose another."
        ) from error
    finally:
        if not keep_partial:
            with suppress(OSError):  # on a read-only disk there is none
                partial.unlink(missing_ok=True)


def write_file(target: Path, data: bytes) -> None:
    """``data`` as a whole file. Raises InputError."""
    with replacing(target) as beside:
        beside.write_bytes(data)
