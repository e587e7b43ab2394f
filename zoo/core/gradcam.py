"""Which part of the input speaks for a class: Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core.errors import InputError

# Five colours of the "inferno" kind, from dark to bright: readable without colour vision, and never the photograph's.
RAMP = np.array([[20, 11, 52], [104, 22, 110], [187, 55, 84], [249, 142, 9], [252, 255, 164]], np.float32)


def apply_colormap(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values in [0, 1] as colours of ``RAMP``: (..., 3) in [0, 255]."""
    stops = np.linspace(0, 1, len(RAMP))
    return np.stack([np.interp(values, stops, RAMP[:, channel]) for channel in range(3)], -1).astype(np.float32)


def grad_cam(network: nn.Module, inputs: Tensor, target: int, dimensions: int = 2) -> NDArray[np.float32]:
    """(h, w) in [0, 1]: the last feature map, each channel weighted by how much it moves the logit of ``target``.

    ``inputs``: one, with its batch dimension. ``dimensions``: of the feature map; of 1, the answer is (1, w).
    Raises InputError for a network without a convolutional feature map of that many dimensions. For the worker alone.
    """
    last: list[Tensor] = []

    def remember(module: nn.Module, inputs: object, output: object) -> None:
        """Keep the newest feature map; tokens after it mean that it is only a transformer's patch embedding."""
        if isinstance(output, Tensor) and output.ndim in (3, 4) and output.shape[-1] > 1:
            last[:] = [output]

    hooks = [module.register_forward_hook(remember) for module in network.modules()]
    try:
        device = next(network.parameters()).device
        logits = network(inputs.detach().to(device).requires_grad_())
    finally:
        for hook in hooks:
            hook.remove()
    if not last or last[0].ndim != dimensions + 2:
        raise InputError("This model has no convolutional feature map to explain: choose another for the heat map.")
    (gradient,) = torch.autograd.grad(logits[0, target], last[0])
    places = tuple(range(2, dimensions + 2))
    heat = (gradient.mean(places, keepdim=True) * last[0]).sum(1).relu()[0]
    heat = heat / heat.max().clamp(min=1e-12)
    return np.atleast_2d(heat.detach().cpu().numpy())
