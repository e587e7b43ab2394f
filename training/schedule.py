"""Learning rates: a range test, rates that differ by depth, and the one-cycle policy."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def epoch_sizes(sizes: str) -> list[int]:
    """The input size of each epoch.

    >>> epoch_sizes("2x96,128")
    [96, 96, 128]
    """
    parts = [part.rpartition("x") for part in sizes.split(",")]
    return [int(size) for count, _, size in parts for _ in range(int(count or 1))]


def discriminative_groups(layers: Iterable[nn.Module], lr: float, decay: float) -> list[dict[str, object]]:
    """Parameter groups whose rates fall by ``decay`` a layer from the last to the first (ULMFiT, arXiv:1801.06146).

    Normalization and bias parameters get no weight decay.
    """
    groups: list[dict[str, object]] = []
    for depth, layer in enumerate(reversed(list(layers))):
        trainable = [parameter for parameter in layer.parameters() if parameter.requires_grad]
        matrices = [parameter for parameter in trainable if parameter.ndim > 1]
        vectors = [parameter for parameter in trainable if parameter.ndim <= 1]
        groups += [{"params": matrices, "lr": lr * decay**depth}] if matrices else []
        groups += [{"params": vectors, "lr": lr * decay**depth, "weight_decay": 0.0}] if vectors else []
    return groups


def one_cycle(optimizer: Optimizer, steps: int, warmup: float = 0.15) -> torch.optim.lr_scheduler.OneCycleLR:
    """One-cycle policy (Smith and Topin 2017, arXiv:1708.07120) that peaks at each group's own rate."""
    peaks = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        peaks,
        total_steps=steps,
        pct_start=warmup,
        div_factor=10,
        final_div_factor=1000,
        cycle_momentum=False,
    )


def linear_decay(optimizer: Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Each group's own rate for the first half of the steps, then down to zero."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, max(2 * (1 - step / steps), 0.0)))


def trapezoid(optimizer: Optimizer, steps: int, warmup: int = 20) -> torch.optim.lr_scheduler.LRScheduler:
    """Up to each group's own rate in ``warmup`` steps, that rate, then down to zero over the last 40 % of the steps.

    A run may be made longer or shorter before it begins to fall (Hägele et al. 2024, arXiv:2405.18392).
    """
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, 1.0, max((1 - step / steps) / 0.4, 0.0))
    )


def constant(optimizer: Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Each group's own rate at every step."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)


def find_learning_rate(
    optimizer: Optimizer, next_loss: Callable[[], Tensor], lowest: float, highest: float, steps: int = 60
) -> list[tuple[float, float]]:
    """Learning-rate range test (Smith 2015, arXiv:1506.01186): (rate, smoothed loss) while the rate grows.

    ``next_loss``: the loss of the next batch. The rate is that of the fastest group; choose about a third of where the
    loss is least. It changes the weights: call it on a copy.
    """
    fastest = max(group["lr"] for group in optimizer.param_groups)
    ratios = [group["lr"] / fastest for group in optimizer.param_groups]
    curve: list[tuple[float, float]] = []
    smoothed = 0.0
    for step in range(steps):
        rate = lowest * (highest / lowest) ** (step / (steps - 1))
        for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
            group["lr"] = rate * ratio
        loss = next_loss()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smoothed = 0.8 * smoothed + 0.2 * loss.item()
        curve.append((rate, smoothed / (1 - 0.8 ** (step + 1))))
        if curve[-1][1] > 3 * min(value for _, value in curve):
            break
    return curve
