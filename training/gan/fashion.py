"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747) from Debian's package ``dataset-fashion-mnist``."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FOLDER = Path("images/fashion-mnist")
CLASSES = (
    *("T-shirt or top", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
N_CHOSEN = 5000  # of the training pictures, the last: what recipes and checkpoints may be chosen by
SIDE, HEADER_IMAGES, HEADER_LABELS = 28, 16, 8


@dataclass(frozen=True)
class Pictures:
    pixels: Tensor  # (N, 1, 28, 28) in [-1, 1]
    labels: Tensor  # (N,) int64: indices into CLASSES


def read(data: Path, part: str) -> Pictures:
    """``part``: ``train``, 60,000 pictures, or ``t10k``, the 10,000 that nothing is trained on or chosen by."""
    folder = data / FOLDER
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=HEADER_IMAGES).reshape(-1, 1, SIDE, SIDE)
    targets = np.frombuffer(labels, np.uint8, offset=HEADER_LABELS).astype(np.int64)
    return Pictures(torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1), torch.from_numpy(targets))


def training_pictures(data: Path) -> tuple[Pictures, Pictures]:
    """(55,000 to train on, 5,000 to choose by)."""
    every = read(data, "train")
    return (
        Pictures(every.pixels[:-N_CHOSEN], every.labels[:-N_CHOSEN]),
        Pictures(every.pixels[-N_CHOSEN:], every.labels[-N_CHOSEN:]),
    )
