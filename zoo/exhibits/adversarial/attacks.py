"""The attacks: FGSM, iterated FGSM and PGD on batches of pixels in [0, 1], bounded in the L-infinity norm.

They take the sign of the gradient as a function, so that they do not depend on where the network runs. Parity with
foolbox and torchattacks is exact up to rounding; both take the network itself.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEVELS = 255  # steps of an 8-bit channel
ROUNDING_ERROR = 1e-3  # in steps of 1/255: far above what float32 loses, far below a step

GradientSign = Callable[[Tensor], Tensor]  # (B, 3, H, W) in [0, 1] -> the same shape, of -1, 0 and 1


def gradient_sign(network: nn.Module, pixels: Tensor, labels: Tensor, targeted: bool = False) -> Tensor:
    """The sign of the cross-entropy's gradient with respect to the pixels; its negative where ``targeted``.

    pixels: (B, 3, H, W) in [0, 1]; labels: (B,) class indices; returns (B, 3, H, W) of -1, 0 and 1 on the pixels'
    device. No gradient is accumulated in the network's parameters. For the worker alone.
    """
    device = next(network.parameters()).device
    inputs = pixels.detach().to(device).requires_grad_()
    loss = F.cross_entropy(network(inputs), labels.to(device), reduction="sum")
    (gradient,) = torch.autograd.grad(loss, inputs)
    return (-gradient if targeted else gradient).sign().to(pixels.device)


def fgsm(pixels: Tensor, sign: Tensor, epsilon: float) -> Tensor:
    """One step of ``epsilon`` (of the range [0, 1]) along ``sign`` (Goodfellow et al. 2014, arXiv:1412.6572)."""
    return (pixels + epsilon * sign).clamp(0, 1)


def random_start(pixels: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Uniform noise within ``epsilon`` of ``pixels``, where PGD starts."""
    noise = torch.rand(pixels.shape, generator=generator)
    return (pixels + (2 * noise - 1) * epsilon).clamp(0, 1)


def pgd(
    sign_of: GradientSign, pixels: Tensor, epsilon: float, step_size: float, steps: int, start: Tensor | None = None
) -> Iterator[Tensor]:
    """The pixels after each of ``steps`` steps of ``step_size``, projected to within ``epsilon`` of ``pixels``.

    From a random ``start`` this is PGD (Madry et al. 2017, arXiv:1706.06083), from the picture itself the iterated FGSM
    (Kurakin et al. 2016, arXiv:1607.02533).
    """
    adversarial = pixels if start is None else start
    for _ in range(steps):
        perturbation = (adversarial + step_size * sign_of(adversarial) - pixels).clamp(-epsilon, epsilon)
        adversarial = (pixels + perturbation).clamp(0, 1)
        yield adversarial


def quantize(adversarial: Tensor, pixels: Tensor, epsilon: float) -> Tensor:
    """``adversarial`` at 8 bits a channel, still in [0, 1], each channel rounded towards ``pixels``.

    ``pixels``: of 8 bits. ``epsilon``: in steps of 1/255, which no channel exceeds, whatever float32 loses.
    """
    limit = int(epsilon)  # whole steps
    steps = (adversarial - pixels) * LEVELS
    whole = (steps + ROUNDING_ERROR * steps.sign()).trunc().clamp(-limit, limit)
    return ((pixels * LEVELS).round() + whole) / LEVELS
