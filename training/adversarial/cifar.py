"""CIFAR-10 (Krizhevsky 2009) as tensors: the split that all metrics in the cards refer to, and augmentation."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import Tensor

HELD_OUT_PER_CLASS = 200
MAX_SHIFT = 4  # pixels
GREY = 0.5


@dataclass(frozen=True)
class Images:
    pixels: Tensor  # (N, 3, 32, 32) uint8
    labels: Tensor  # (N,) int64
    class_names: list[str]

    def floats(self, indices: Tensor | slice = slice(None)) -> Tensor:
        """(B, 3, 32, 32) in [0, 1]."""
        return self.pixels[indices].float() / 255


def load_cifar10(data: Path) -> tuple[Images, Images]:
    """(training, held out): the last 200 pictures of each class, in file order, are held out."""
    table = pq.read_table(data / "images" / "cifar10_train.parquet")
    names = json.loads(table.schema.metadata[b"classes"])
    files = table["image"].to_pylist()
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(table["label"].to_numpy().astype(np.int64))
    held_out = torch.cat([(labels == index).nonzero().flatten()[-HELD_OUT_PER_CLASS:] for index in range(len(names))])
    training = torch.ones(len(labels), dtype=torch.bool)
    training[held_out] = False
    return Images(images[training], labels[training], names), Images(images[held_out], labels[held_out], names)


def random_shift_and_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shift each of (B, 3, H, W) by up to four pixels, with reflected borders, and flip half of them horizontally."""
    count, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (MAX_SHIFT,) * 4, mode="reflect")
    down, right = torch.randint(2 * MAX_SHIFT + 1, (2, count, 1), generator=generator)
    columns = right + torch.arange(width)
    flipped = torch.randint(2, (count, 1), generator=generator).bool()
    columns = torch.where(flipped, columns.flip(1), columns)
    rows = down + torch.arange(height)
    index = torch.arange(count)[:, None, None]
    return padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


def cutout(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Grey out a square of up to ``side`` pixels in each picture (DeVries and Taylor 2017, arXiv:1708.04552)."""
    count, _, height, width = images.shape
    top = torch.randint(-side // 2, height - side // 2, (count, 1), generator=generator)
    left = torch.randint(-side // 2, width - side // 2, (count, 1), generator=generator)
    rows, columns = torch.arange(height), torch.arange(width)
    in_rows, in_columns = (rows >= top) & (rows < top + side), (columns >= left) & (columns < left + side)
    return images.masked_fill((in_rows[:, :, None] & in_columns[:, None])[:, None], GREY)
