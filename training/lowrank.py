"""Low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685): teach a network a second skill in a tenth of its size.

The dense weight W stays as it is, and B A is added to it, with A and B thin. Here they sit on every 1x1 convolution
and linear layer, which hold nearly all parameters of a mobile network.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from zoo.nets.twoscale import dense_layers


class LowRank(nn.Module):
    """``weight + B @ A``: a parametrization of a matrix, or of a 1x1 convolution's (C', C, 1, 1) kernel."""

    def __init__(self, outputs: int, inputs: int, rank: int) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(rank, inputs) / inputs**0.5)
        self.b = nn.Parameter(torch.zeros(outputs, rank))  # zero, so that training starts from the given network

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.b @ self.a).view_as(weight)


def add_adapters(network: nn.Module, rank: int) -> None:
    """Freeze each dense weight and add a trainable adapter to it; ranks never exceed the matrix's own."""
    for layer in dense_layers(network).values():
        outputs, inputs = layer.weight.shape[:2]
        layer.weight.requires_grad_(False)
        parametrize.register_parametrization(layer, "weight", LowRank(outputs, inputs, min(rank, outputs, inputs)))


def merge_adapters(network: nn.Module) -> None:
    """Make what the adapters add a part of the weights, which can be trained again."""
    for layer in dense_layers(network).values():
        parametrize.remove_parametrizations(layer, "weight")
        layer.weight.requires_grad_(True)
