"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon), in single precision where that is faster.

torch.optim.Muon multiplies in bfloat16, which takes forty times as long on processors that have no such instruction.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer

from training.precision import autocast

Groups = list[dict[str, object]]
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix whose singular values are all the same, by five Newton-Schulz steps."""
    first, second, third = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / x.norm().clamp(min=1e-7)
    with autocast(matrix.device):
        for _ in range(STEPS):
            gram = x @ x.T
            x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=second, alpha=third), x, beta=first)
    return (x.T if tall else x).float()


def by_rule(groups: Groups) -> Groups:
    """Filters by shares of their length; whatever else a convolutional network learns by AdamW's rule, far slower."""
    parted: Groups = []
    for group in groups:
        filters = [each for each in group["params"] if each.ndim == 4]  # type: ignore[attr-defined]
        rest = [each for each in group["params"] if each.ndim < 4]  # type: ignore[attr-defined]
        parted += [{**group, "params": filters, "unit": True}] if filters else []
        parted += [{**group, "params": rest, "adam": True, "lr": 0.05 * group["lr"]}] if rest else []  # type: ignore[operator]
    return parted


class Muon(Optimizer):
    """Steps of a matrix made orthogonal; parameters of groups marked ``adam`` (tables, vectors) go by AdamW's rule.

    A step is as large as AdamW's would be (Liu et al. 2025, arXiv:2502.16982), so one rate does for all. A matrix three
    times as wide as high is three of them side by side: query, key and value. Filters are a matrix with a row for each.
    Groups marked ``unit`` hold filters before a normalisation, to which their length means nothing: they are kept at a
    length of one each in the mean, and a step is in shares of it (Jordan 2024, arXiv:2404.00498).
    """

    def __init__(
        self,
        groups: Groups,
        lr: float,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "betas": betas, "weight_decay": 0.0, "adam": False, "unit": False}
        super().__init__(groups, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        loss = closure() if closure else None
        for group in self.param_groups:
            update = adam_update if group["adam"] else muon_update
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.sub_(update(parameter.grad, self.state[parameter], group), alpha=group["lr"])
                    if group["unit"]:
                        parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
        return loss


def muon_update(gradient: Tensor, state: dict[str, Tensor], group: dict[str, float]) -> Tensor:
    mean = state.setdefault("mean", torch.zeros_like(gradient)).lerp_(gradient, 1 - group["momentum"])
    ahead = gradient.lerp(mean, group["momentum"])
    joined = gradient.ndim == 2 and gradient.shape[1] == 3 * gradient.shape[0]
    parts = [part.flatten(1) for part in ahead.chunk(3 if joined else 1, 1)]
    update = torch.cat([orthogonal(part) * (1 if group["unit"] else 0.2 * max(part.shape) ** 0.5) for part in parts], 1)
    return update.view_as(gradient)


def adam_update(gradient: Tensor, state: dict[str, Tensor], group: dict[str, tuple[float, float]]) -> Tensor:
    step = state.setdefault("step", torch.zeros(()))
    step += 1
    (first, second), epsilon = group["betas"], 1e-8
    mean = state.setdefault("mean", torch.zeros_like(gradient)).lerp_(gradient, 1 - first)
    square = state.setdefault("square", torch.zeros_like(gradient)).lerp_(gradient.square(), 1 - second)
    return mean / (1 - first**step) / ((square / (1 - second**step)).sqrt() + epsilon)
