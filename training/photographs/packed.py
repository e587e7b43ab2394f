"""The packed photographs: decoded, cropped at random and mirrored, one at a time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from training.photographs.prepare import FOLDER

RATIO = 4 / 3  # the longest side of a crop over the other


@dataclass(frozen=True)
class PackedPhotographs:
    """JPEG bytes. An index beyond their number begins again at the first."""

    images: Sequence[bytes]

    def crop(self, index: int, size: int, smallest: float, generator: torch.Generator) -> Tensor:
        """(3, size, size) uint8: a random crop of at least the fraction ``smallest`` of the area, maybe mirrored."""
        picture = Image.open(io.BytesIO(self.images[index])).convert("RGB")
        fraction, log_ratio, x, y, mirror = torch.rand(5, generator=generator).tolist()
        area = picture.width * picture.height * (smallest + (1 - smallest) * fraction)
        ratio = RATIO ** (2 * log_ratio - 1)
        width, height = min((area * ratio) ** 0.5, picture.width), min((area / ratio) ** 0.5, picture.height)
        left, top = x * (picture.width - width), y * (picture.height - height)
        box = (left, top, left + width, top + height)
        pixels = np.array(picture.resize((size, size), Image.Resampling.BILINEAR, box=box))
        tensor = torch.from_numpy(pixels).permute(2, 0, 1)
        return tensor.flip(2) if mirror < 0.5 else tensor

    def crops(self, indices: Tensor, size: int, smallest: float, generator: torch.Generator) -> Tensor:
        """(B, 3, size, size) float in [0, 1], channels last."""
        pixels = torch.stack([self.crop(int(index), size, smallest, generator) for index in indices])
        return (pixels.float() / 255).contiguous(memory_format=torch.channels_last)


def load_packed(data: Path, most_per_source: int) -> PackedPhotographs:
    """Up to ``most_per_source`` photographs of each source, evenly over its files' names.

    Raises FileNotFoundError where none was prepared.
    """
    images: list[bytes] = []
    for file in sorted((data / FOLDER).glob("*.parquet")):
        table = pd.read_parquet(file).sort_values("name")
        step = max(len(table) / most_per_source, 1)
        images += [table["image"].iloc[int(index * step)] for index in range(min(len(table), most_per_source))]
    if not images:
        raise FileNotFoundError(f"No photographs in {data / FOLDER}: prepare them first.")
    return PackedPhotographs(images)


def endless_order(count: int, per_epoch: int, epoch: int) -> Tensor:
    """The indices of an epoch of ``per_epoch`` samples: ``count`` in random order, again and again without a gap."""
    positions = torch.arange(epoch * per_epoch, (epoch + 1) * per_epoch)
    rounds = {int(number): _permutation(count, int(number)) for number in (positions // count).unique()}
    return torch.stack([rounds[int(position // count)][position % count] for position in positions])


def _permutation(count: int, number: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(number))
