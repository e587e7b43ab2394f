"""Labelled data for ``zoo evaluate``: from a table, a folder or an archive, one sample at a time."""

import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from PIL import Image

from zoo.core.archives import read_archive
from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.images import decode_image

MAX_ENTRIES, MAX_BYTES = 1_000_000, 100 * 2**30  # of a zip of one's own
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif"}


class NoKnownClassError(InputError):
    """None of the labelled data is of a class that the model has."""


@dataclass(frozen=True)
class Labelled:
    """A picture and its class: a WordNet id, another class name, or a class index where the source has only that."""

    image: Image.Image
    label: str | int


T = TypeVar("T")


@dataclass(frozen=True)
class Samples(Generic[T]):
    """``total`` samples, read one at a time while ``samples`` is."""

    total: int
    samples: Iterator[T]


ProgressCallback = Callable[[int, int], None]  # called with the number of samples done and their total
NamedBytes = tuple[bytes, PurePosixPath]


def files_at(path: Path, suffixes: Collection[str]) -> Samples[NamedBytes] | None:
    """The files with one of these suffixes in a folder, a tar or a zip, in the order of their names; None for all else.

    Raises InputError for a missing path.
    """
    if not path.exists():
        raise InputError(f"There is no file or folder at {path}: check the path.")
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
        return Samples(len(files), ((file.read_bytes(), PurePosixPath(file.relative_to(path))) for file in files))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            count = sum(PurePosixPath(entry).suffix.lower() in suffixes for entry in packed.namelist())
        unpacked = read_archive(path, max_files=MAX_ENTRIES, max_bytes=MAX_BYTES)
        return Samples(count, ((data, name) for name, data in unpacked if name.suffix.lower() in suffixes))
    if not tarfile.is_tarfile(path):
        return None
    with tarfile.open(path) as archive:
        entries = [m for m in archive if m.isfile() and PurePosixPath(m.name).suffix.lower() in suffixes]
    return Samples(len(entries), _extracted(path, sorted(entries, key=lambda m: m.name)))


def _extracted(path: Path, members: list[tarfile.TarInfo]) -> Iterator[NamedBytes]:
    with tarfile.open(path) as archive:
        for member in members:
            file = archive.extractfile(member)
            assert file is not None  # isfile() was true
            yield file.read(), PurePosixPath(member.name)


def labelled_pictures(path: Path) -> Samples[Labelled]:
    """The pictures at ``path`` with their classes, in a fixed order.

    A parquet file has columns ``image`` (bytes) and ``wnid`` or ``label``. In a folder, tar or zip, a file's name
    begins with its class (``n01440764_tench.jpg``), or its folder is the class. Raises InputError when it is none of
    these.
    """
    files = files_at(path, PICTURES)
    if files is None:
        return _from_parquet(path)
    return Samples(files.total, (_named(data, name) for data, name in files.samples))


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
    """The picture in ``data``; an error names its file or row."""
    if not isinstance(data, bytes):
        raise InputError(f"{name} has no picture: the column image must hold the bytes of a picture's file.")
    try:
        return decode_image(data)
    except InputError as error:
        raise type(error)(f"{name}: {error}") from error


def _from_parquet(path: Path) -> Samples[Labelled]:
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    try:
        file = parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise InputError(f"{path.name} is neither a parquet file, a folder nor a tar or a zip of pictures.") from error
    names = set(file.schema_arrow.names)
    column = next((name for name in ("wnid", "label") if name in names), None)
    if "image" not in names or column is None:
        raise InputError(f"{path.name} needs the columns image, and wnid or label; it has {', '.join(sorted(names))}.")
    rows = chain.from_iterable(batch.to_pylist() for batch in file.iter_batches(256, columns=["image", column]))
    samples = (_of_row(row["image"], row[column], number) for number, row in enumerate(rows, 1))
    return Samples(file.metadata.num_rows, samples)


def _of_row(image: Any, label: str | int, number: int) -> Labelled:
    return Labelled(_decode(image["bytes"] if isinstance(image, dict) else image, f"row {number}"), label)


def class_indices(card: Card) -> dict[str | int, int]:
    """The index of a class's logit, by class index, label and WordNet id."""
    indices: dict[str | int, int] = dict(enumerate(range(len(card.classes))))
    indices |= {name.label: index for index, name in enumerate(card.classes)}
    indices |= {name.id: index for index, name in enumerate(card.classes) if name.id}
    return indices
