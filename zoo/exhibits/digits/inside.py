"""Inside of the networks: units, feature maps, weights, and the evidence in the pixels."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core.runtime import get_runtime
from zoo.exhibits.digits.knobs import CNN, MLP
from zoo.nets.digits import DigitCNN, DigitMLP

STEPS = 24  # points on the straight path from the empty picture
Values = NDArray[np.float32]


@torch.inference_mode()
def hidden_units(network: nn.Module, centred: Tensor) -> Values:
    """(units,) of the last hidden layer, or (maps,) the maximum of each of the last feature maps. For the worker."""
    device = next(network.parameters()).device
    if isinstance(network, DigitMLP):
        return _values(network.hidden(centred.to(device))[-1][0])
    return _values(cast(DigitCNN, network).maps(centred.to(device))[-1].amax((2, 3))[0])


def integrated_gradients(network: nn.Module, centred: Tensor, target: int) -> Values:
    """(28, 28): what each pixel added to a logit (Sundararajan et al. 2017, arXiv:1703.01365). For the worker.

    From the empty picture, with the edges where they are, by the midpoints of 24 steps.
    """
    device = next(network.parameters()).device
    ink, outside = centred[:, :1].to(device), centred[:, 1:].to(device)
    alphas = ((torch.arange(STEPS, device=device) + 0.5) / STEPS).view(-1, 1, 1, 1)
    path = (alphas * ink).requires_grad_()
    logits = network(torch.cat([path, outside.expand(STEPS, -1, -1, -1)], 1))[:, target]
    (gradient,) = torch.autograd.grad(logits.sum(), path)
    return _values((gradient.mean(0) * ink[0])[0])


def feature_maps(centred: Values) -> list[Values]:
    """(maps, h, w) of the first and of the last convolution, for (28, 28) normalised ink."""
    pictures = torch.from_numpy(centred)[None, None]
    pictures = torch.cat([pictures, torch.zeros_like(pictures)], 1)

    def compute(network: nn.Module) -> list[Values]:
        with torch.inference_mode():
            maps = cast(DigitCNN, network).maps(pictures.to(next(network.parameters()).device))
        return [_values(maps[0][0]), _values(maps[-1][0])]

    return get_runtime().run(compute, CNN)


def unit_weights(name: str = MLP) -> tuple[Values, Values]:
    """The weights of a perceptron: (units, 28, 28) of its hidden units, and (10, units) of its outputs."""

    def read(network: nn.Module) -> tuple[Values, Values]:
        perceptron = cast(DigitMLP, network)
        first = cast(nn.Linear, perceptron.layers[0])
        return _values(first.weight.view(-1, 28, 28)), _values(perceptron.head.weight)

    return get_runtime().run(read, name)


def _values(tensor: Tensor) -> Values:
    values: Values = tensor.detach().float().cpu().numpy()
    return values
