"""PIL pictures to the 64 pixels of the students and back, and pictures out of an archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.core.archives import read_archive
from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.images import IMAGE_LIMITS, decode_image
from zoo.core.inputs import read_file
from zoo.core.model_inputs import ModelInput, pixel_words
from zoo.core.preprocessing import View
from zoo.nets.autoencoder import SIDE

VIEW = View(SIDE, SIDE, "lanczos")  # the shorter side to 64 pixels, then the middle
MAX_PICTURES = 1000  # of an archive
MAX_FILES, MAX_BYTES = 5000, 2**30  # of an archive, unpacked
HEAD = 512  # bytes that tell an archive from a picture
GAP = 2  # pixels between the pictures of a sheet


@dataclass(frozen=True)
class PictureSet:
    """Pictures of an archive. ``pixels``: (N, 3, 64, 64) uint8. ``labels``: the folder of each, "" outside of any.

    ``left_out``: a sentence for each file that is no picture.
    """

    pixels: Tensor
    labels: tuple[str, ...]
    left_out: tuple[str, ...]


def to_tensor(image: Image.Image) -> Tensor:
    """(3, 64, 64) uint8 of the middle of an RGB picture, which is scaled up or down."""
    return torch.from_numpy(np.array(VIEW.picture(image))).permute(2, 0, 1).contiguous()


def model_input(card: Card, picture: Image.Image) -> ModelInput:
    """An RGB picture as both students read it: its pixels in [0, 1], which the call scales to [-1, 1]."""
    pixels = to_tensor(picture)[None].float() / 255
    return ModelInput((pixels,), "image", pixel_words(pixels), lambda network, x: network(2 * x - 1))


def to_tensors(images: Sequence[Image.Image]) -> Tensor:
    """(N, 3, 64, 64) uint8 of one or more RGB pictures."""
    return torch.stack([to_tensor(image) for image in images])


def to_image(pixels: Tensor) -> Image.Image:
    """The picture of (3, H, W) uint8."""
    return Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy())


def sheet(rows: Sequence[Tensor], scale: int = 2) -> Image.Image:
    """Rows of (N, 3, 64, 64) uint8 pictures as one, each ``scale`` times as large, with white gaps."""
    side, count = SIDE * scale, len(rows[0])
    size = (count * (side + GAP) - GAP, len(rows) * (side + GAP) - GAP)
    image = Image.new("RGB", size, "white")
    for y, row in enumerate(rows):
        for x, pixels in enumerate(row):
            tile = to_image(pixels).resize((side, side), Image.Resampling.BICUBIC)
            image.paste(tile, (x * (side + GAP), y * (side + GAP)))
    return image


def read_pictures(path: Path) -> Iterator[PictureSet | None]:
    """The pictures of a zip, a tar, a folder or one file; None after each file that is read, then the result.

    Raises InputError without a picture among them or with more than ``MAX_PICTURES``, and what ``read_archive`` raises.
    """
    pixels: list[Tensor] = []
    labels: list[str] = []
    left_out: list[str] = []
    for name, parent, data in _files(path, left_out):
        try:
            pixels.append(to_tensor(decode_image(data)))
            labels.append(parent)
        except InputError as error:
            left_out.append(f"{name}: {error}")
        if len(pixels) > MAX_PICTURES:
            raise InputError(f"There are more than {MAX_PICTURES:,} pictures in it: send fewer.")
        yield None
    if not pixels and left_out and _is_one_file(path):
        raise InputError(left_out[0])
    if not pixels:
        reason = f" {left_out[0]}" if left_out else ""
        raise InputError(f"There is no picture in it: send at least one.{reason}")
    yield PictureSet(torch.stack(pixels), tuple(labels), tuple(left_out))


def _files(path: Path, left_out: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """(name, name of its folder, bytes); a file that is no archive is the only one."""
    if _is_one_file(path):
        yield path.name, "", read_file(path, IMAGE_LIMITS.max_bytes)
        return
    tell = lambda name, reason: left_out.append(f"{name}: {reason}")  # noqa: E731
    for name, data in read_archive(path, max_files=MAX_FILES, max_bytes=MAX_BYTES, tell=tell):
        yield str(name), name.parent.name, data


def _is_one_file(path: Path) -> bool:
    """Whether it is neither a folder nor an archive."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return not is_archive(file.read(HEAD))


def is_archive(head: bytes) -> bool:
    """Whether a file begins as a zip, a compressed file or a tar does."""
    return head.startswith((b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")) or head[257:262] == b"ustar"
