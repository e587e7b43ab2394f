"""Grad-CAM (Selvaraju et al. 2016, arXiv:1610.02391): where the last feature map holds evidence for a class.

It departs from the paper in that the layer is not named: the last convolutional feature map of the forward pass is
found by hooks, so that any convolutional network works.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core.errors import InputError

# Five colours like matplotlib's "inferno", dark to bright: legible without colour vision, and rare in photographs.
COLORMAP = np.array([[20, 11, 52], [104, 22, 110], [187, 55, 84], [249, 142, 9], [252, 255, 164]], np.float32)


def apply_colormap(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Values in [0, 1] of any shape (...) -> colours interpolated in ``COLORMAP``, (..., 3) in [0, 255]."""
    stops = np.linspace(0, 1, len(COLORMAP))
    return np.stack([np.interp(values, stops, COLORMAP[:, channel]) for channel in range(3)], -1).astype(np.float32)


def grad_cam(network: nn.Module, inputs: Tensor, target: int, spatial_dims: int = 2) -> NDArray[np.float32]:
    """(h, w) in [0, 1]: the last feature map, each channel weighted by the mean gradient of the logit of ``target``.

    ``inputs``: a batch of one. ``spatial_dims``: of the feature map, 2 or 1; of 1, the result is (1, w). A class
    without evidence gives zeros. Raises InputError for a network without a convolutional feature map of that many
    dimensions. Call it in the worker only.
    """
    feature_maps: list[Tensor] = []

    def keep_last(module: nn.Module, inputs: object, output: object) -> None:
        """Tokens after a feature map replace it: it was only a transformer's patch embedding."""
        if isinstance(output, Tensor) and output.ndim in (3, 4) and output.shape[-1] > 1:
            feature_maps[:] = [output]

    hooks = [module.register_forward_hook(keep_last) for module in network.modules()]
    try:
        device = next(network.parameters()).device
        logits = network(inputs.detach().to(device).requires_grad_())
    finally:
        for hook in hooks:
            hook.remove()
    if not feature_maps or feature_maps[0].ndim != spatial_dims + 2:
        raise InputError("This model has no convolutional feature map: choose another one for the heat map.")
    (features,) = feature_maps  # (1, C, h, w)
    (gradient,) = torch.autograd.grad(logits[0, target], features)
    axes = tuple(range(2, spatial_dims + 2))
    heat = (gradient.mean(axes, keepdim=True) * features).sum(1).relu()[0]  # (h, w)
    heat = heat / heat.max().clamp(min=1e-12)
    return np.atleast_2d(heat.detach().cpu().numpy())
