"""The losses of GANs, and the penalties on the discriminator's slope."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.exhibits.gan.knobs import Loss


def discriminator_loss(loss: Loss, real: Tensor, fake: Tensor) -> Tensor:
    """A scalar for (B,) scores of real and of generated points.

    Non-saturating: Goodfellow et al. 2014 (arXiv:1406.2661). Wasserstein: Arjovsky et al. 2017 (arXiv:1701.07875).
    Hinge: Lim and Ye 2017 (arXiv:1705.02894). Least squares: Mao et al. 2016 (arXiv:1611.04076).
    """
    match loss:
        case "non-saturating":
            return F.softplus(-real).mean() + F.softplus(fake).mean()
        case "Wasserstein":
            return fake.mean() - real.mean()
        case "hinge":
            return (1 - real).relu().mean() + (1 + fake).relu().mean()
        case "least squares":
            return ((real - 1).square().mean() + fake.square().mean()) / 2


def generator_loss(loss: Loss, fake: Tensor) -> Tensor:
    """A scalar for (B,) scores of generated points."""
    match loss:
        case "non-saturating":
            return F.softplus(-fake).mean()
        case "Wasserstein" | "hinge":
            return -fake.mean()
        case "least squares":
            return (fake - 1).square().mean() / 2


def realness(loss: Loss, scores: Tensor) -> Tensor:
    """What the scores say, from 0, generated, to 1, real.

    A probability for the non-saturating loss; else where a score lies between the two values that the loss aims at, and
    for Wasserstein, which aims at none, between the lowest and the highest of ``scores``.
    """
    match loss:
        case "non-saturating":
            return scores.sigmoid()
        case "Wasserstein":
            low, high = scores.min(), scores.max()
            return (scores - low) / (high - low).clamp_min(1e-12)
        case "hinge":
            return ((scores + 1) / 2).clamp(0, 1)
        case "least squares":
            return scores.clamp(0, 1)


def gradient_norms(discriminator: nn.Module, points: Tensor) -> Tensor:
    """(B,) the norm of the gradient of the score at (B, 2) points, itself differentiable."""
    points = points.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(points).sum(), points, create_graph=True)
    return (gradient.square().sum(1) + 1e-12).sqrt()


def gradient_penalty(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The squared distance of the slope from 1, between real and generated points (arXiv:1704.00028)."""
    weights = torch.rand(len(real), 1, device=real.device)
    return (gradient_norms(discriminator, weights * real + (1 - weights) * fake) - 1).square().mean()


def r1_penalty(discriminator: nn.Module, real: Tensor) -> Tensor:
    """Half of the mean squared slope at real points (Mescheder et al. 2018, arXiv:1801.04406)."""
    return gradient_norms(discriminator, real).square().mean() / 2
