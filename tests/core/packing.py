"""Archives of every kind, made and read."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from zoo.core.archives import read_archive

FILES = {"cat/b.jpg": b"\xff\xd8\xffb", "cat/a.jpg": b"\xff\xd8\xffa", "dog/1.png": b"\x89PNG" + bytes(1000)}


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": zipped,
    "stored zip": lambda files: zipped(files, zipfile.ZIP_STORED),
    "tar": tarred,
    "tar.gz": lambda files: gzip.compress(tarred(files)),
    "tar.bz2": lambda files: bz2.compress(tarred(files)),
    "tar.xz": lambda files: lzma.compress(tarred(files)),
}


def read(path: Path, **limits: int) -> tuple[dict[str, bytes], dict[str, str]]:
    """What is read, and what is left out with the reason."""
    told: dict[str, str] = {}
    most = {"max_files": 1000, "max_bytes": 10**7} | limits
    files = read_archive(path, tell=lambda name, reason: told.setdefault(name, reason), **most)
    return {str(name): data for name, data in files}, told


def packed(folder: Path, data: bytes) -> Path:
    path = folder / "pictures.bin"  # the name says nothing
    path.write_bytes(data)
    return path
