"""SHA-256 hashes of the files that the project reads, in lists as ``sha256sum`` writes them.

``assets/SHA256SUMS`` lists what comes with the project, and a user model has a list in its own folder. A file is
checked where it is read. The lists find damage (a bad disk, a cut copy), not a person who replaces list and file.
"""

import functools
import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from zoo.core.assets import ASSETS
from zoo.core.errors import DamagedModelError

logger = logging.getLogger(__name__)
LIST = "SHA256SUMS"
# Not the cards, which people edit, nor pictures, whose decoders notice.
SUFFIXES = (".json", ".safetensors", ".gz", ".csv")


def sha256(path: Path) -> str:
    """The hash of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed_files(folder: Path) -> list[Path]:
    """The files below a folder that a list is made of."""
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def hashes(folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Hashes of files by their paths below a folder."""
    return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}


def write_list(folder: Path, entries: Mapping[str, str]) -> None:
    """Write the list of a folder: ``sha256sum --check SHA256SUMS``, run in it, compares the files."""
    (folder / LIST).write_text("".join(f"{digest}  {path}\n" for path, digest in sorted(entries.items())))
    _read_list.cache_clear()


def list_assets(changed: Path = ASSETS) -> None:
    """Write ``assets/SHA256SUMS`` anew for what lies below ``changed``; the other entries stay, and find damage."""
    below = changed.relative_to(ASSETS).as_posix()
    known = read_list(ASSETS) if (ASSETS / LIST).exists() else {}
    kept = {path: digest for path, digest in known.items() if below != "." and not path.startswith(f"{below}/")}
    write_list(ASSETS, kept | hashes(ASSETS, listed_files(changed)))


def check(path: Path) -> None:
    """Raises DamagedModelError where a file is not the one that was listed. A file on no list is not checked."""
    expected = _expected(path)
    if expected is None:
        return
    try:
        actual = sha256(path)
    except OSError as error:
        raise DamagedModelError(f"{path.name} cannot be read ({error.strerror}): install it again.") from error
    if actual != expected:
        raise DamagedModelError(f"{path.name} is damaged (its hash is not the listed one): install it again.")


def checked_bytes(path: Path) -> bytes:
    """The content of a file that ``check`` accepts. Raises DamagedModelError."""
    check(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamagedModelError(f"{path.name} cannot be read ({error.strerror}): install it again.") from error


def _expected(path: Path) -> str | None:
    path = path.absolute()
    if path.is_relative_to(ASSETS):
        return _read_list(ASSETS).get(path.relative_to(ASSETS).as_posix())
    # Not kept in memory: a user model comes and goes.
    return read_list(path.parent).get(path.name) if (path.parent / LIST).exists() else None


@functools.cache
def _read_list(folder: Path) -> dict[str, str]:
    return read_list(folder)


def read_list(folder: Path) -> dict[str, str]:
    """Hashes by path below the folder; none, with a warning in the log, where the list cannot be read."""
    try:
        lines = (folder / LIST).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("%s cannot be read, so that no file there is checked: %s", folder / LIST, error)
        return {}
    pairs = (re.fullmatch(r"([0-9a-f]{64})  (.+)", line) for line in lines)
    return {pair[2]: pair[1] for pair in pairs if pair}
