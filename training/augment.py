"""Augmentation of whole batches as tensor arithmetic: on two cores, far cheaper than picture by picture.

Chance is drawn, and everything computed, where the generator lives.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def random_resized_crop(
    images: Tensor, size: int, scale: tuple[float, float], generator: torch.Generator, flip: bool = True
) -> Tensor:
    """Crop, stretch and mirror each picture differently (Szegedy et al. 2014, arXiv:1409.4842), in one resampling.

    images: (B, 3, H, W) float; scale: range of the crop's share of the area; returns (B, 3, size, size).
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


def jitter(images: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """Change brightness and contrast of each picture by up to ``amount``; images in [0, 1]."""
    factors = 1 + _uniform(-amount, amount, generator, 2, len(images), 1, 1, 1)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * factors[0] + mean * factors[1]).clamp(0, 1)


def beta(alpha: float, generator: torch.Generator, *shape: int) -> Tensor:
    """Draws from Beta(alpha, alpha), at least one half."""
    # torch's Beta takes no generator, and its common one would be shared with the other threads.
    seed = int(_integers(2**31, generator))
    weight = torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, shape)).float().to(generator.device)
    return torch.maximum(weight, 1 - weight)


def mixup(images: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend each picture and its target distribution with another's (Zhang et al. 2017, arXiv:1710.09412)."""
    if alpha <= 0:
        return images, targets
    weight = beta(alpha, generator, 1).item()
    order = torch.randperm(len(images), generator=generator, device=generator.device)
    return images.lerp(images[order], 1 - weight), targets.lerp(targets[order], 1 - weight)


def cutmix(images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another picture into each; targets in the same proportion (CutMix, arXiv:1905.04899).

    It covers up to half of the picture and lies at the same place in all of them (Yun et al. 2019).
    """
    *_, height, width = images.shape
    side = (1 - beta(1, generator, 1)).sqrt().item()
    rows, columns = round(side * height), round(side * width)
    top, left = int(_integers(height - rows + 1, generator)), int(_integers(width - columns + 1, generator))
    order = torch.randperm(len(images), generator=generator, device=generator.device)
    pasted = images.clone()
    pasted[..., top : top + rows, left : left + columns] = images[order, :, top : top + rows, left : left + columns]
    return pasted, targets.lerp(targets[order], rows * columns / (height * width))


def mixup_sounds(decibels: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Add each sound's power, (B, mels, frames) in dB, to another's as loud; targets in the same proportion.

    Between-class learning (Tokozume et al. 2017, arXiv:1711.10282) with mixup's weights.
    """
    if alpha <= 0:
        return decibels, targets
    weight = beta(alpha, generator, len(decibels), 1)
    order = torch.randperm(len(decibels), generator=generator, device=generator.device)
    power = 10 ** ((decibels - decibels.amax((1, 2), keepdim=True)) / 10)
    mixed = power[order].lerp(power, weight[..., None])
    return 10 * mixed.clamp(min=1e-10).log10(), targets[order].lerp(targets, weight)


def spec_augment(decibels: Tensor, bands: int, frames: int, fill: float, generator: torch.Generator) -> Tensor:
    """Hide two ranges of up to ``bands`` and two of up to ``frames`` in each spectrogram (arXiv:1904.08779)."""
    count, height, width = decibels.shape
    hidden = torch.zeros_like(decibels, dtype=torch.bool)
    for _ in range(2):
        hidden |= _stretch(count, height, bands, generator)[:, :, None]
        hidden |= _stretch(count, width, frames, generator)[:, None]
    return decibels.masked_fill(hidden, fill)


def _stretch(count: int, length: int, longest: int, generator: torch.Generator) -> Tensor:
    """(count, length) bool: a run of up to ``longest`` in each row, anywhere."""
    size = _integers(longest, generator, count, 1)
    start = (_uniform(0, 1, generator, count, 1) * (length - size)).long()
    place = torch.arange(length, device=generator.device)
    return (place >= start) & (place < start + size)


def smooth(labels: Tensor, num_classes: int, amount: float) -> Tensor:
    """One-hot targets with ``amount`` of the mass spread evenly (Szegedy et al. 2015, arXiv:1512.00567)."""
    return spread(F.one_hot(labels, num_classes).float(), amount)


def spread(odds: Tensor, amount: float) -> Tensor:
    """(B, classes) with ``amount`` of the mass spread evenly over all."""
    return odds * (1 - amount) + amount / odds.shape[1]


def _uniform(low: float, high: float, generator: torch.Generator, *shape: int) -> Tensor:
    return torch.empty(shape, device=generator.device).uniform_(low, high, generator=generator)


def _integers(below: int, generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randint(below, shape, generator=generator, device=generator.device)
