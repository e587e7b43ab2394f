"""Augmentation of whole batches as tensor arithmetic: on two cores, far cheaper than picture by picture."""

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
    area = torch.empty(count).uniform_(*scale, generator=generator)
    ratio = torch.empty(count).uniform_(-0.2877, 0.2877, generator=generator).exp()  # 3/4 to 4/3
    half_width = (area * ratio).sqrt().clamp(max=1)
    half_height = (area / ratio).sqrt().clamp(max=1)
    centre_x = (1 - half_width) * torch.empty(count).uniform_(-1, 1, generator=generator)
    centre_y = (1 - half_height) * torch.empty(count).uniform_(-1, 1, generator=generator)
    if flip:
        half_width = half_width * (torch.randint(2, (count,), generator=generator) * 2 - 1)
    zero = torch.zeros(count)
    affine = torch.stack([half_width, zero, centre_x, zero, half_height, centre_y], 1).view(count, 2, 3)
    grid = F.affine_grid(affine, [count, 3, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def jitter(images: Tensor, amount: float, generator: torch.Generator) -> Tensor:
    """Change brightness and contrast of each picture by up to ``amount``; images in [0, 1]."""
    factors = 1 + torch.empty(2, len(images), 1, 1, 1).uniform_(-amount, amount, generator=generator)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * factors[0] + mean * factors[1]).clamp(0, 1)


def mixup(images: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend each picture and its target distribution with another's (Zhang et al. 2017, arXiv:1710.09412)."""
    if alpha <= 0:
        return images, targets
    # torch's Beta takes no generator: two Gammas from a seeded uniform would be longer than seeding it from ours.
    seed = int(torch.randint(2**31, (1,), generator=generator))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        weight = torch.distributions.Beta(alpha, alpha).sample((1,)).item()
    weight = max(weight, 1 - weight)
    order = torch.randperm(len(images), generator=generator)
    return images.lerp(images[order], 1 - weight), targets.lerp(targets[order], 1 - weight)


def smooth(labels: Tensor, num_classes: int, amount: float) -> Tensor:
    """One-hot targets with ``amount`` of the mass spread evenly (Szegedy et al. 2015, arXiv:1512.00567)."""
    return F.one_hot(labels, num_classes).float() * (1 - amount) + amount / num_classes
