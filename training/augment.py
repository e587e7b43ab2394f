"""Augmentation of whole batches as tensor arithmetic: on two cores, far cheaper than image by image.

Random numbers are drawn, and everything computed, on the generator's device.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms import v2


def random_resized_crop(
    images: Tensor, size: int, scale: tuple[float, float], generator: torch.Generator, flip: bool = True
) -> Tensor:
    """Crop, resize and flip each image differently (Szegedy et al. 2014, arXiv:1409.4842), in one resampling.

    images: (B, 3, H, W) float; scale: range of the crop's fraction of the area; returns (B, 3, size, size).
    """
    count = len(images)
    area = _uniform(*scale, generator, count)
    ratio = _uniform(-0.2877, 0.2877, generator, count).exp()  # 3/4 to 4/3
    half_width = (area * ratio).sqrt().clamp(max=1)
    half_height = (area / ratio).sqrt().clamp(max=1)
    centre_x = (1 - half_width) * _uniform(-1, 1, generator, count)
    centre_y = (1 - half_height) * _uniform(-1, 1, generator, count)
    if flip:
        half_width = half_width * (_integers(2, generator, count) * 2 - 1)
    zero = torch.zeros_like(half_width)
    affine = torch.stack([half_width, zero, centre_x, zero, half_height, centre_y], 1).view(count, 2, 3)
    grid = F.affine_grid(affine, [count, 3, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def colour_jitter(images: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """Change brightness and contrast of each image by up to ``amount``; images in [0, 1]."""
    factors = 1 + _uniform(-amount, amount, generator, 2, len(images), 1, 1, 1)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * factors[0] + mean * factors[1]).clamp(0, 1)


def sample_beta(alpha: float, generator: torch.Generator, *shape: int) -> Tensor:
    """Samples of Beta(alpha, alpha), at least one half."""
    # torch's Beta takes no generator, and its common one would be shared with the other threads.
    seed = int(_integers(2**31, generator))
    weight = torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, shape)).float().to(generator.device)
    return torch.maximum(weight, 1 - weight)


class _MixUp(v2.MixUp):
    """torchvision's, whose weight comes from a generator of the caller's."""

    def __init__(self, alpha: float, generator: torch.Generator) -> None:
        super().__init__(alpha=alpha)
        self.generator = generator

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"lam": sample_beta(self.alpha, self.generator, 1).item()}


class _CutMix(v2.CutMix):
    """torchvision's, but the rectangle comes from a generator of the caller's, and lies inside of the image."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        *_, height, width = flat_inputs[0].shape
        side = (1 - sample_beta(1, self.generator, 1)).sqrt().item()
        rows, columns = round(side * height), round(side * width)
        top, left = (
            int(_integers(height - rows + 1, self.generator)),
            int(_integers(width - columns + 1, self.generator)),
        )
        box = (left, top, left + columns, top + rows)
        return {"box": box, "lam_adjusted": 1 - rows * columns / (height * width)}


def mixup(images: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend each image and its target distribution with the one before (Zhang et al. 2017, arXiv:1710.09412).

    An image keeps at least half of its weight.
    """
    if alpha <= 0:
        return images, targets
    mixed: tuple[Tensor, Tensor] = _MixUp(alpha, generator)(images, targets)
    return mixed


def cutmix(images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of the image before into each; targets in the same proportion (CutMix, arXiv:1905.04899).

    The rectangle covers up to half of the image, at the same position in all of them (Yun et al. 2019).
    """
    mixed: tuple[Tensor, Tensor] = _CutMix(generator)(images, targets)
    return mixed


def mixup_sounds(decibels: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Add each sound's power, (B, n_mels, frames) in dB, to another's as loud; targets in the same proportion.

    Between-class learning (Tokozume et al. 2017, arXiv:1711.10282) with mixup's weights.
    """
    if alpha <= 0:
        return decibels, targets
    weight = sample_beta(alpha, generator, len(decibels), 1)
    order = torch.randperm(len(decibels), generator=generator, device=generator.device)
    power = 10 ** ((decibels - decibels.amax((1, 2), keepdim=True)) / 10)
    mixed = power[order].lerp(power, weight[..., None])
    return 10 * mixed.clamp(min=1e-10).log10(), targets[order].lerp(targets, weight)


def spec_augment(decibels: Tensor, n_mels: int, frames: int, fill: float, generator: torch.Generator) -> Tensor:
    """SpecAugment (arXiv:1904.08779): two masks of up to ``n_mels`` bands and two of up to ``frames`` frames each."""
    count, height, width = decibels.shape
    mask = torch.zeros_like(decibels, dtype=torch.bool)
    for _ in range(2):
        mask |= _random_span(count, height, n_mels, generator)[:, :, None]
        mask |= _random_span(count, width, frames, generator)[:, None]
    return decibels.masked_fill(mask, fill)


def _random_span(count: int, length: int, longest: int, generator: torch.Generator) -> Tensor:
    """(count, length) bool: a run of up to ``longest`` in each row, anywhere."""
    size = _integers(longest, generator, count, 1)
    start = (_uniform(0, 1, generator, count, 1) * (length - size)).long()
    position = torch.arange(length, device=generator.device)
    return (position >= start) & (position < start + size)


def one_hot_smoothed(labels: Tensor, num_classes: int, amount: float) -> Tensor:
    """(B,) -> (B, num_classes): one-hot targets after label smoothing (Szegedy et al. 2015, arXiv:1512.00567)."""
    return smooth_targets(F.one_hot(labels, num_classes).float(), amount)


def smooth_targets(probabilities: Tensor, amount: float) -> Tensor:
    """(B, num_classes) with ``amount`` of the mass spread evenly over all classes."""
    return probabilities * (1 - amount) + amount / probabilities.shape[1]


def _uniform(low: float, high: float, generator: torch.Generator, *shape: int) -> Tensor:
    return torch.empty(shape, device=generator.device).uniform_(low, high, generator=generator)


def _integers(below: int, generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randint(below, shape, generator=generator, device=generator.device)
