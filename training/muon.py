"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon), in single precision where that is faster.

torch.optim.Muon multiplies in bfloat16, which takes forty times as long on processors without such instructions.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer

from training.precision import autocast

ParameterGroups = list[dict[str, object]]
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5


def orthogonalize(matrix: Tensor) -> Tensor:
    """About the nearest matrix whose singular values are all the same, by five Newton-Schulz steps."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / x.norm().clamp(min=1e-7)
    with autocast(matrix.device):
        for _ in range(NEWTON_SCHULZ_STEPS):
            gram = x @ x.T
            x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.T if tall else x).float()


def split_groups(groups: ParameterGroups) -> ParameterGroups:
    """Each group in two: convolution filters with ``unit_norm``, all else with ``adamw`` at 1/20 of the rate."""
    split: ParameterGroups = []
    for group in groups:
        filters = [parameter for parameter in group["params"] if parameter.ndim == 4]  # type: ignore[attr-defined]
        others = [parameter for parameter in group["params"] if parameter.ndim < 4]  # type: ignore[attr-defined]
        split += [{**group, "params": filters, "unit_norm": True}] if filters else []
        split += [{**group, "params": others, "adamw": True, "lr": 0.05 * group["lr"]}] if others else []  # type: ignore[operator]
    return split


class Muon(Optimizer):
    """Orthogonalized momentum for matrices; groups with ``adamw`` (embeddings, vectors) are updated by AdamW.

    An update is as large as AdamW's would be (Liu et al. 2025, arXiv:2502.16982), so that one learning rate serves
    both. A matrix three times as wide as high is three of them side by side: query, key and value. A filter bank is a
    matrix with a row per filter. Groups with ``unit_norm`` hold filters before a normalization layer, whose scale has
    no effect: they are kept at a root mean square norm of one, and updates are relative to it (Jordan 2024,
    arXiv:2404.00498).
    """

    def __init__(
        self,
        groups: ParameterGroups,
        lr: float,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
    ) -> None:
        flags = {"adamw": False, "unit_norm": False}
        super().__init__(groups, {"lr": lr, "momentum": momentum, "betas": betas, "weight_decay": 0.0, **flags})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        loss = closure() if closure else None
        for group in self.param_groups:
            update = adamw_update if group["adamw"] else muon_update
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.sub_(update(parameter.grad, self.state[parameter], group), alpha=group["lr"])
                    if group["unit_norm"]:
                        parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
        return loss


def muon_update(gradient: Tensor, state: dict[str, Tensor], group: dict[str, float]) -> Tensor:
    """The orthogonalized Nesterov momentum."""
    mean = state.setdefault("mean", torch.zeros_like(gradient)).lerp_(gradient, 1 - group["momentum"])
    nesterov = gradient.lerp(mean, group["momentum"])
    fused = gradient.ndim == 2 and gradient.shape[1] == 3 * gradient.shape[0]
    parts = [part.flatten(1) for part in nesterov.chunk(3 if fused else 1, 1)]
    scales = [1 if group["unit_norm"] else 0.2 * max(part.shape) ** 0.5 for part in parts]
    update = torch.cat([orthogonalize(part) * scale for part, scale in zip(parts, scales, strict=True)], 1)
    return update.view_as(gradient)


def adamw_update(gradient: Tensor, state: dict[str, Tensor], group: dict[str, tuple[float, float]]) -> Tensor:
    """AdamW's, with bias correction."""
    step = state.setdefault("step", torch.zeros(()))
    step += 1
    (beta1, beta2), epsilon = group["betas"], 1e-8
    mean = state.setdefault("mean", torch.zeros_like(gradient)).lerp_(gradient, 1 - beta1)
    square = state.setdefault("square", torch.zeros_like(gradient)).lerp_(gradient.square(), 1 - beta2)
    return mean / (1 - beta1**step) / ((square / (1 - beta2**step)).sqrt() + epsilon)
