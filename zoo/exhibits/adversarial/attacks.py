"""The attacks themselves, on batches of pixels in [0, 1], bounded in the maximum norm.

They follow the sign of a gradient that they are given, ``look``, and so care not where the network runs.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Look = Callable[[Tensor], Tensor]  # pixels -> the direction in which to move them, of -1, 0 and 1


def direction(network: nn.Module, pixels: Tensor, labels: Tensor, targeted: bool = False) -> Tensor:
    """(B, 3, H, W) of -1, 0 and 1: away from the (B,) labels, or towards them when they are targets.

    The sign of the cross-entropy's gradient, taken of the pixels alone: nothing is left behind in the network. The
    answer comes to where the pixels are. For the worker alone.
    """
    device = next(network.parameters()).device
    moved = pixels.detach().to(device).requires_grad_()
    loss = F.cross_entropy(network(moved), labels.to(device), reduction="sum")
    (slope,) = torch.autograd.grad(loss, moved)
    return (-slope if targeted else slope).sign().to(pixels.device)


def fgsm(pixels: Tensor, sign: Tensor, epsilon: float) -> Tensor:
    """One step of ``epsilon`` along the gradient's sign (Goodfellow et al. 2014, arXiv:1412.6572)."""
    return (pixels + epsilon * sign).clamp(0, 1)


def random_start(pixels: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Anywhere within ``epsilon``, as PGD begins."""
    noise = torch.rand(pixels.shape, generator=generator)
    return (pixels + (2 * noise - 1) * epsilon).clamp(0, 1)


def iterate(
    look: Look, pixels: Tensor, epsilon: float, step_size: float, steps: int, start: Tensor | None = None
) -> Iterator[Tensor]:
    """The pictures after each of ``steps`` steps of ``step_size``, kept within ``epsilon`` of ``pixels``.

    From the picture itself that is the iterated FGSM (Kurakin et al. 2016, arXiv:1607.02533), from a random ``start``
    it is PGD (Madry et al. 2017, arXiv:1706.06083).
    """
    moved = pixels if start is None else start
    for _ in range(steps):
        change = (moved + step_size * look(moved) - pixels).clamp(-epsilon, epsilon)
        moved = (pixels + change).clamp(0, 1)
        yield moved


def rounded(pixels: Tensor) -> Tensor:
    """As 8 bits a channel can hold them, still in [0, 1]."""
    return (pixels * 255).round() / 255
