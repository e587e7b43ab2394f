"""Labelled pictures for ``zoo evaluate``: from a table, a folder or an archive, one at a time."""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from zoo.core.errors import InputError
from zoo.core.inputs import decode_image

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif"}


class NoKnownClassError(InputError):
    """None of the labelled data is of a class that the model has."""


@dataclass(frozen=True)
class Labelled:
    """A picture and its class: a WordNet id or another class name, or a number where the source has only that."""

    image: Image.Image
    label: str | int


@dataclass(frozen=True)
class LabelledPictures:
    """``total`` pictures, decoded one at a time while ``samples`` is read."""

    total: int
    samples: Iterator[Labelled]


Watch = Callable[[int, int], None]  # told the number of pictures done and their total


def labelled_pictures(path: Path) -> LabelledPictures:
    """The pictures at ``path`` with their classes, in a fixed order.

    A parquet file has columns ``image`` (bytes) and ``wnid`` or ``label``. In a folder or a tar, a file's name begins
    with its class (``n01440764_tench.jpg``), or its folder is the class. Raises InputError when it is none of these.
    """
    if not path.exists():
        raise InputError(f"There is nothing at {path}: give a parquet file, a folder or a tar of pictures.")
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES and file.is_file())
        samples = (_named(file.read_bytes(), PurePosixPath(file.relative_to(path))) for file in files)
        return LabelledPictures(len(files), samples)
    if tarfile.is_tarfile(path):
        return _from_tar(path)
    return _from_parquet(path)


def label_of(name: PurePosixPath) -> str:
    """The folder that holds the file, unless the name itself begins with a WordNet id.

    >>> label_of(PurePosixPath("n01440764_tench.jpg")), label_of(PurePosixPath("cats/1.jpg"))
    ('n01440764', 'cats')
    """
    head = name.stem.split("_")[0]
    if (head.startswith("n") and head[1:].isdigit()) or not name.parent.name:
        return head
    return name.parent.name


def _named(data: bytes, name: PurePosixPath) -> Labelled:
    return Labelled(_decode(data, str(name)), label_of(name))


def _decode(data: Any, name: str) -> Image.Image:
    """The picture in ``data``; an error names where it lies."""
    if not isinstance(data, bytes):
        raise InputError(f"{name}: no picture is there: the column image holds the bytes of a picture's file.")
    try:
        return decode_image(data)
    except InputError as error:
        raise type(error)(f"{name}: {error}") from error


def _from_tar(path: Path) -> LabelledPictures:
    with tarfile.open(path) as archive:
        members = [m for m in archive if m.isfile() and PurePosixPath(m.name).suffix.lower() in PICTURES]
    return LabelledPictures(len(members), _extracted(path, sorted(members, key=lambda m: m.name)))


def _extracted(path: Path, members: list[tarfile.TarInfo]) -> Iterator[Labelled]:
    with tarfile.open(path) as archive:
        for member in members:
            file = archive.extractfile(member)
            assert file is not None  # isfile() was true
            yield _named(file.read(), PurePosixPath(member.name))


def _from_parquet(path: Path) -> LabelledPictures:
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    try:
        file = parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise InputError(f"{path.name} is neither a parquet file, a folder nor a tar of pictures.") from error
    names = set(file.schema_arrow.names)
    column = next((name for name in ("wnid", "label") if name in names), None)
    if "image" not in names or column is None:
        raise InputError(f"{path.name} needs the columns image, and wnid or label; it has {', '.join(sorted(names))}.")
    rows = chain.from_iterable(batch.to_pylist() for batch in file.iter_batches(256, columns=["image", column]))
    samples = (_of_row(row["image"], row[column], number) for number, row in enumerate(rows, 1))
    return LabelledPictures(file.metadata.num_rows, samples)


def _of_row(image: Any, label: str | int, number: int) -> Labelled:
    return Labelled(_decode(image["bytes"] if isinstance(image, dict) else image, f"row {number}"), label)
