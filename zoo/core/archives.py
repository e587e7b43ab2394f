"""Untrusted archives to named bytes: a zip, a tar or a folder, one file at a time. Nothing is ever unpacked to disk.

No size in a header is believed: what is read is counted while it is read. Archives that would leave their folder are
refused; what in one cannot be read is left out, and told.
"""

import bz2
import gzip
import io
import lzma
import math
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar, cast
from unicodedata import category

from zoo.core.errors import InputError, TooLargeError
from zoo.core.images import IMAGE_LIMITS
from zoo.core.storage import storing

archive_format_help = "A zip, a tar (plain, gzip, bzip2 or xz) or a folder."

Tell = Callable[[str, str], object]  # called with the name of what is left out, and the reason
NamedFiles = Iterator[tuple[PurePosixPath, bytes]]
Entry = tuple[PurePosixPath, Callable[[], IO[bytes] | io.FileIO]]
T = TypeVar("T")

CHUNK = 2**18  # bytes that are read at a time
FREE_BYTES, MAX_RATIO = 20 * 10**6, 100  # an archive may grow by so much, and by so many times its size
ENTRY_BYTES = 3072  # of a tar around a file: its headers and padding
DIRECTORY_BYTES = 256  # of a zip's directory for a file

IGNORED = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"}  # beside all names that begin with a dot
_JOINERS = "\u200c\u200d"  # of letters, and of emoji
_ARCHIVE = re.compile(rb"PK\x03\x04|\x1f\x8b|BZh\d|\xfd7zXZ|7z\xbc\xaf|Rar!|.{257}ustar", re.DOTALL)
_COMPRESSED: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError),  # of odd headers; RecursionError is one
)

NESTED = "It is an archive within the archive, or an office document, which is not opened: add it by itself."
NO_FILE = "It is a link or a device, and not a file."
ENCRYPTED = "It is encrypted: pack it without a password."
UNREADABLE = "It is damaged within the archive, or packed in a way that is not read here."


def read_archive(
    path: Path,
    *,
    max_files: int,
    max_bytes: int,
    max_file_bytes: int = IMAGE_LIMITS.max_bytes,
    tell: Tell = lambda name, reason: None,
    announce: Callable[[int], object] = lambda count: None,
) -> NamedFiles:
    """The files of a zip, a tar or a folder with their names, lazily, in order of names.

    ``max_files``: entries, folders among them. ``max_bytes``: of all files. Of one that is larger than
    ``max_file_bytes``, only one byte more is read. ``tell`` hears of links, devices, nested archives and what is
    encrypted or damaged, all of which is left out; hidden files and those of systems, such as ``Thumbs.db``, are left
    out silently. ``announce`` hears the number of files before the first is read. Names have no control characters.

    Raises InputError for a path that is none of these, a damaged archive, and one with absolute names or names that
    lead out of it; TooLargeError beyond a limit, or for one that grows more than a hundredfold.
    """
    if path.is_dir():
        reader = _Reader(max_files, max_bytes, max_file_bytes, tell, announce)
        yield from reader.of_folder(path)
        return
    if not path.is_file():
        raise InputError(f"There is no file or folder at {path}: check the path.")
    most = FREE_BYTES + MAX_RATIO * path.stat().st_size
    reader = _Reader(max_files, min(max_bytes, most), max_file_bytes, tell, announce, grows=most < max_bytes)
    with _readable(path):
        with path.open("rb") as file:
            head = file.read(6)
        if head.startswith(b"PK"):
            yield from reader.of_zip(path)
            return
        with _plain_tar(path, head, reader) as tar:
            yield from reader.of_tar(tar)


@dataclass
class _Reader:
    """Lists entries, then reads them in order of names, and counts both. ``left``: bytes that may still be read.
    ``grows``: whether it is the archive's growth that limits them.
    """

    max_files: int
    left: int
    max_file_bytes: int
    tell: Tell
    announce: Callable[[int], object]
    grows: bool = False

    def of_zip(self, path: Path) -> NamedFiles:
        with _Counted(io.FileIO(path), self.max_files * DIRECTORY_BYTES) as file, zipfile.ZipFile(file) as archive:
            file.left = math.inf  # the directory is read: from here on, only files are
            yield from self._read(self._zip_entries(archive))

    def _zip_entries(self, archive: zipfile.ZipFile) -> Iterator[Entry]:
        for info in self._counted(archive.infolist()):
            name = _name(_zip_name(info))
            mode = info.external_attr >> 16
            if name is None or info.is_dir():
                continue
            if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
                self.tell(str(name), NO_FILE)
            elif info.flag_bits & 1:
                self.tell(str(name), ENCRYPTED)
            else:
                yield name, partial(archive.open, info)

    def of_tar(self, file: io.FileIO) -> NamedFiles:
        with (
            _Counted(file, self.max_files * ENTRY_BYTES) as counted,
            tarfile.open(fileobj=counted, mode="r:") as tar,
        ):
            entries = list(self._tar_entries(tar))
            counted.left = math.inf
            yield from self._read(entries)

    def _tar_entries(self, tar: tarfile.TarFile) -> Iterator[Entry]:
        for member in self._counted(tar):
            name = _name(member.name)
            if name is None or member.isdir():
                continue
            if not member.isfile():
                self.tell(str(name), NO_FILE)
            else:
                yield name, lambda member=member: cast(IO[bytes], tar.extractfile(member))  # type: ignore[misc]

    def of_folder(self, path: Path) -> NamedFiles:
        yield from self._read(self._folder_entries(path))

    def _folder_entries(self, path: Path) -> Iterator[Entry]:
        for file in self._counted(_walk(path)):
            name = _kept(list(file.relative_to(path).parts))
            mode = file.lstat().st_mode
            if name is None or stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                self.tell(str(name), NO_FILE)
            else:
                yield name, partial(io.FileIO, file)

    def _counted(self, entries: Iterable[T]) -> Iterator[T]:
        for number, entry in enumerate(entries, 1):
            if number > self.max_files:
                raise TooLargeError(f"There are more than {self.max_files:,} files and folders in it: send fewer.")
            yield entry

    def _read(self, entries: Iterable[Entry]) -> NamedFiles:
        in_order = sorted(entries, key=lambda entry: str(entry[0]))
        self.announce(len(in_order))
        for name, opened in in_order:
            try:
                with opened() as file:
                    data = self._limited(file)
            except _DAMAGE:
                self.tell(str(name), UNREADABLE)
                continue
            if _ARCHIVE.match(data):
                self.tell(str(name), NESTED)
            else:
                yield name, data

    def _limited(self, file: IO[bytes] | io.FileIO) -> bytes:
        data = bytearray()
        most = self.max_file_bytes + 1
        while len(data) < most and (chunk := file.read(min(CHUNK, most - len(data)))):
            data += chunk
            self.left -= len(chunk)
            if self.left < 0:
                raise self.too_large()
        return bytes(data)

    def too_large(self) -> TooLargeError:
        if self.grows:
            return TooLargeError(
                f"The archive grows more than {MAX_RATIO}-fold when it is unpacked: pack nothing but pictures."
            )
        return TooLargeError("The files in it have more bytes than are accepted here: send fewer or smaller ones.")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise InputError(
            f"{path.name} is damaged, cut short or no archive that is read here. What is read: {archive_format_help}"
        ) from error


def clean_name(name: str) -> str:
    """A name whose control characters and halves of characters are U+FFFD, and whose spaces are plain ones."""
    return "".join(
        each if each.isprintable() or each in _JOINERS else " " if category(each) == "Zs" else "\ufffd" for each in name
    )


def _name(raw: str) -> PurePosixPath | None:
    """The name of an entry; None for one that is left out silently. Raises InputError for one that leads elsewhere."""
    raw = raw.replace("\\", "/")  # as some programs of Windows write it
    parts = [part for part in raw.split("/") if part not in ("", ".")]
    if raw.startswith("/") or re.match("[A-Za-z]:/", raw) or ".." in parts:
        quoted = clean_name(raw[:60])
        raise InputError(f"The archive has a file named {quoted}, which leads out of it: pack it with plain names.")
    return _kept(parts)


def _kept(parts: list[str]) -> PurePosixPath | None:
    if not parts or any(part.startswith(".") or part.casefold() in IGNORED for part in parts):
        return None
    return PurePosixPath(*(clean_name(part) for part in parts))


class _Counted(io.BufferedReader):
    """A file of which ``limit`` bytes can be read until ``left`` is raised: one header may claim to be the whole."""

    def __init__(self, file: io.FileIO, limit: int) -> None:
        super().__init__(file)
        self.left: float = limit + 2**20

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = size if size is not None and size >= 0 else os.fstat(self.fileno()).st_size - self.tell()
        self.left -= wanted
        if self.left < 0:
            raise TooLargeError("The directory of the archive is larger than is accepted here: send fewer files.")
        return super().read(size)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Without the flag for it, names are in code page 437 by the standard, and often in UTF-8 all the same."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


@contextmanager
def _plain_tar(path: Path, head: bytes, reader: _Reader) -> Iterator[io.FileIO]:
    """The tar as a file in which any place can be read: a compressed one is expanded to a temporary file."""
    opener = next((opener for magic, opener in _COMPRESSED.items() if head.startswith(magic)), None)
    if opener is None:
        with io.FileIO(path) as file:
            yield file
        return
    with storing("The archive"):
        expanded = tempfile.NamedTemporaryFile("wb", buffering=0)  # noqa: SIM115
    with expanded, opener(path) as packed:
        left = reader.left + reader.max_files * ENTRY_BYTES + 2**20
        while chunk := packed.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise reader.too_large()
            with storing("The archive"):
                expanded.write(chunk)
        with io.FileIO(expanded.name) as file:
            yield file


def _walk(path: Path) -> Iterator[Path]:
    """Everything below a folder; hidden folders and links are not entered."""
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, each) for each in (*folders, *files))
        folders[:] = [each for each in folders if _kept([each])]
