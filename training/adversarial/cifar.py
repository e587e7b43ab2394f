"""CIFAR-10 (Krizhevsky 2009) as tensors, with the split that every figure in the cards refers to."""

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
PAD = 4  # pixels by which a picture may be shifted


@dataclass(frozen=True)
class Pictures:
    images: Tensor  # (N, 3, 32, 32) uint8
    labels: Tensor  # (N,) int64
    names: list[str]


def cifar10(data: Path) -> tuple[Pictures, Pictures]:
    """(train, held out): the last 200 pictures of each class, in file order, are never trained on."""
    table = pq.read_table(data / "images" / "cifar10_train.parquet")
    names = json.loads(table.schema.metadata[b"classes"])
    pixels = np.stack([np.asarray(Image.open(io.BytesIO(each)).convert("RGB")) for each in table["image"].to_pylist()])
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(table["label"].to_numpy().astype(np.int64))
    held = torch.cat([(labels == place).nonzero().flatten()[-HELD_OUT_PER_CLASS:] for place in range(len(names))])
    kept = torch.ones(len(labels), dtype=torch.bool)
    kept[held] = False
    return Pictures(images[kept], labels[kept], names), Pictures(images[held], labels[held], names)


def shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each of (B, 3, 32, 32) in [0, 1] moved by up to four pixels, with its border mirrored, and perhaps mirrored."""
    count, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (PAD,) * 4, mode="reflect")
    down, right = torch.randint(2 * PAD + 1, (2, count, 1), generator=generator)
    columns = right + torch.arange(width)
    mirrored = torch.randint(2, (count, 1), generator=generator).bool()
    columns = torch.where(mirrored, columns.flip(1), columns)
    rows = down + torch.arange(height)
    picture = torch.arange(count)[:, None, None]
    return padded.permute(0, 2, 3, 1)[picture, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


def cut_out(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """A square of up to ``side`` pixels of each picture greyed (DeVries and Taylor 2017, arXiv:1708.04552)."""
    count, _, height, width = images.shape
    top = torch.randint(-side // 2, height - side // 2, (count, 1), generator=generator)
    left = torch.randint(-side // 2, width - side // 2, (count, 1), generator=generator)
    rows, columns = torch.arange(height), torch.arange(width)
    inside = ((rows >= top) & (rows < top + side))[:, :, None] & ((columns >= left) & (columns < left + side))[:, None]
    return images.masked_fill(inside[:, None], 0.5)
