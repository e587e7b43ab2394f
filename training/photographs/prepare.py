"""Photographs out of git repositories, shrunk, without duplicates: one parquet file a source."""

import io
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from training.photographs.sources import Source

SHORT_SIDE = 192  # pixels of what is shrunk
KEPT_AS_IT_IS = 256  # a JPEG whose short side is no longer is not encoded again
QUALITY = 88
EXTENSIONS = (".jpg", ".jpeg", ".png")
NEAR = 6  # of 64 bits: two pictures whose hashes differ in no more are taken for one
FOLDER = "photographs"  # in the data folder


def prepare_source(source: Source, clones: Path, hashes: NDArray[np.uint64]) -> pd.DataFrame:
    """Columns ``image`` (JPEG bytes) and ``name``. ``hashes``: of pictures that must not be among them."""
    known = set(hashes.tolist())
    rows = []
    for name, content in files_of(source, clones / source.name):
        packed = shrink(content)
        if packed is None:
            continue
        picture_hash = packed[1]
        if picture_hash in known or is_near(picture_hash, hashes):
            continue
        known.add(picture_hash)
        rows.append({"image": packed[0], "name": name})
    return pd.DataFrame(rows, columns=["image", "name"])


def files_of(source: Source, clone: Path) -> Iterator[tuple[str, bytes]]:
    """The pictures of a clone at the source's commit: path and content. Raises CalledProcessError without them."""
    command = ["git", "-C", str(clone), "archive", "--format=tar", source.commit, *source.folders]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and member.name.lower().endswith(EXTENSIONS):
                    file = archive.extractfile(member)
                    assert file is not None
                    yield member.name, file.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def shrink(content: bytes) -> tuple[bytes, int] | None:
    """(JPEG bytes, hash); None for a file that is not a whole picture."""
    try:
        picture = Image.open(io.BytesIO(content))
        small = picture.format == "JPEG" and picture.mode == "RGB" and min(picture.size) <= KEPT_AS_IT_IS
        short = min(picture.size)
        picture.draft("RGB", (SHORT_SIDE * picture.width // short, SHORT_SIDE * picture.height // short))
        picture = picture.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    if not small:
        content = to_jpeg(picture)
    return content, difference_hash(picture)


def to_jpeg(picture: Image.Image) -> bytes:
    """With at most SHORT_SIDE pixels on the short side."""
    scale = min(1.0, SHORT_SIDE / min(picture.size))
    size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
    buffer = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def to_png(picture: Image.Image) -> bytes:
    """Without loss."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def difference_hash(picture: Image.Image) -> int:
    """64 bits: whether each of 8 x 8 pixels is brighter than its right neighbour. The aspect ratio has no effect."""
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    bits = (grey[:, :-1] > grey[:, 1:]).flatten()
    return int(np.packbits(bits).view(">u8")[0])


def hashes_of(pictures: Iterable[Image.Image]) -> NDArray[np.uint64]:
    """(N,) difference hashes."""
    return np.array([difference_hash(picture) for picture in pictures], np.uint64)


def is_near(picture_hash: int, hashes: NDArray[np.uint64]) -> bool:
    """Whether one of ``hashes`` differs in at most NEAR bits."""
    return bool((np.bitwise_count(hashes ^ np.uint64(picture_hash)) <= NEAR).any())
