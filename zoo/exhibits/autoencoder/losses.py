"""The losses of the two students, and the perceptual distance by which both are compared.

The distance is that of LPIPS (Zhang et al. 2018, arXiv:1801.03924) with all its weights equal: activations of unit
length at each place, their squared differences summed over channels and averaged over places. LPIPS compares AlexNet or
VGG-16; here it is ``perceptual-resnet``, adversarially fine-tuned, so that a student cannot lower the distance by
patterns that nobody sees (Kettunen et al. 2019, arXiv:1906.03973).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.core.loading import NormalizedModel
from zoo.nets.autoencoder import AutoencoderPair
from zoo.nets.perceptual import PerceptualResNet

JUDGE = "perceptual-resnet"
EARLY = (0, 2, 4)  # stages of the judge in the perceptual student's loss: maps of a half to an eighth of the side
ALL = (0, 2, 3, 4, 5, 6)  # stages of the distance that is reported; the second only pools the first
EPS = 1e-3


@dataclass(frozen=True)
class Losses:
    """Scalars. ``pixel`` and ``perceptual``: what each student minimises; they have no parameter in common."""

    pixel: Tensor
    perceptual: Tensor


def stage_maps(judge: NormalizedModel, pixels: Tensor, stages: Sequence[int]) -> list[Tensor]:
    """The maps of (B, 3, H, W) pixels in [0, 1] after some stages, (B, C, h, w) of unit length over C each."""
    x, maps = (pixels - judge.mean) / judge.std, []
    features = cast(PerceptualResNet, judge.network).features
    for index in range(max(stages) + 1):
        x = features[index](x)
        if index in stages:
            maps.append(unit_length(x))
    return maps


def unit_length(maps: Tensor) -> Tensor:
    """(B, C, h, w) divided by the length over C, in float32; where nearly nothing is active, it stays short."""
    maps = maps.float()
    return maps / (maps.square().sum(1, keepdim=True) + EPS).sqrt()


def maps_distance(maps: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """(B,) mean over maps of the squared distance, from 0 to 2."""
    errors = [(a - b).square().sum(1).mean((1, 2)) for a, b in zip(maps, targets, strict=True)]
    return torch.stack(errors).mean(0)


@torch.no_grad()
def perceptual_distance(judge: NormalizedModel, pixels: Tensor, targets: Tensor) -> Tensor:
    """(B,) distance of (B, 3, H, W) pixels in [0, 1] by all stages: 0 for the same picture, at most 2."""
    return maps_distance(stage_maps(judge, pixels, ALL), stage_maps(judge, targets, ALL))


def student_losses(
    pair: AutoencoderPair,
    judge: NormalizedModel,
    pictures: Tensor,
    weights: Mapping[str, float],
    stages: Sequence[int] = EARLY,
) -> Losses:
    """The losses of (B, 3, 64, 64) pictures in [-1, 1].

    ``weights``: ``pixel`` and ``perceptual``, of the mean squared error and of the distance by ``stages``, in the
    perceptual student's loss. The pixel student's is the mean squared error alone.
    """
    plain, sharp = pair(pictures)
    error = F.mse_loss(sharp.float(), pictures)
    with torch.no_grad():
        targets = stage_maps(judge, to_pixels(pictures), stages)
    distance = maps_distance(stage_maps(judge, to_pixels(sharp), stages), targets).mean()
    return Losses(F.mse_loss(plain.float(), pictures), weights["pixel"] * error + weights["perceptual"] * distance)


def to_pixels(pictures: Tensor) -> Tensor:
    """[-1, 1] -> [0, 1]."""
    return (pictures + 1) / 2
