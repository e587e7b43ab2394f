"""How fast to learn: a learning-rate finder, rates that differ by depth, and the one-cycle policy."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


def sides(sizes: str) -> list[int]:
    """The side of each epoch.

    >>> sides("2x96,128")
    [96, 96, 128]
    """
    parts = [part.rpartition("x") for part in sizes.split(",")]
    return [int(side) for count, _, side in parts for _ in range(int(count or 1))]


def discriminative_groups(layers: Iterable[nn.Module], rate: float, decay: float) -> list[dict[str, object]]:
    """Parameter groups with rates that fall by ``decay`` a layer from the last to the first (ULMFiT, arXiv:1801.06146).

    Normalisation and bias parameters get no weight decay.
    """
    groups: list[dict[str, object]] = []
    for depth, layer in enumerate(reversed(list(layers))):
        trained = [p for p in layer.parameters() if p.requires_grad]
        matrices, vectors = [p for p in trained if p.ndim > 1], [p for p in trained if p.ndim <= 1]
        groups += [{"params": matrices, "lr": rate * decay**depth}] if matrices else []
        groups += [{"params": vectors, "lr": rate * decay**depth, "weight_decay": 0.0}] if vectors else []
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


def find_rate(
    optimizer: Optimizer, loss_of_next_batch: Callable[[], Tensor], lowest: float, highest: float, steps: int = 60
) -> list[tuple[float, float]]:
    """Range test (Smith 2015, arXiv:1506.01186): (rate, smoothed loss) while the rate grows geometrically.

    The rate is that of the fastest group; choose about a third of where the loss is least. It moves the weights:
    call it on a copy.
    """
    fastest = max(group["lr"] for group in optimizer.param_groups)
    shares = [group["lr"] / fastest for group in optimizer.param_groups]
    curve: list[tuple[float, float]] = []
    smoothed = 0.0
    for step in range(steps):
        rate = lowest * (highest / lowest) ** (step / (steps - 1))
        for group, share in zip(optimizer.param_groups, shares, strict=True):
            group["lr"] = rate * share
        loss = loss_of_next_batch()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smoothed = 0.8 * smoothed + 0.2 * loss.item()
        curve.append((rate, smoothed / (1 - 0.8 ** (step + 1))))
        if curve[-1][1] > 3 * min(value for _, value in curve):
            break
    return curve
