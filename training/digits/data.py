"""MNIST's 60,000 training pictures, in three parts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.options import CACHE
from zoo.core.evaluation import labelled_pictures

FILE = "images/mnist_train.parquet"
TRAINING = slice(0, 53_000)
CHOICE = slice(53_000, 55_000)  # recipes, temperatures and thresholds are chosen on these
HELD_OUT = slice(55_000, 60_000)  # the cards' metrics are measured on these, which chose nothing
MEASURED_ON = "MNIST, held out: the last 5,000 of its 60,000 training pictures, which chose nothing"


@dataclass(frozen=True)
class Digits:
    """``pictures``: (N, 1, 28, 28) ink from 0 to 255; ``labels``: (N,)."""

    pictures: Tensor
    labels: Tensor

    def floats(self, indices: Tensor | None = None) -> Tensor:
        """(N, 1, 28, 28) ink in [0, 1] of these pictures, or of all."""
        return (self.pictures if indices is None else self.pictures[indices]).float() / 255

    def part(self, rows: slice) -> "Digits":
        return Digits(self.pictures[rows], self.labels[rows])


def load_digits(data: Path) -> Digits:
    """All 60,000, in the order of the file; decoded once into the cache."""
    cached = CACHE / "mnist.npz"
    if not cached.exists():
        samples = list(labelled_pictures(data / FILE).samples)
        pictures = np.stack([np.asarray(sample.image.convert("L")) for sample in samples])
        cached.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(cached, pictures=pictures, labels=np.array([int(sample.label) for sample in samples]))
    arrays = np.load(cached)
    return Digits(torch.from_numpy(arrays["pictures"])[:, None], torch.from_numpy(arrays["labels"]))
