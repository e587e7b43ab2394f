"""One MobileNetV2 for large pictures and, through a low-rank adapter, for small ones.

Enlarging a 64-pixel picture does not make it look like a photograph: the network that reads photographs well is right
a quarter of the time on such pictures. The small branch shares the dense weights, each with a thin adapter, and has
normalisation and depthwise filters of its own (private normalisation per resolution: Wang et al. 2020,
arXiv:2007.09558). Both read a small picture and their log-probabilities are averaged: the large branch remembers the
classes that no labelled small picture showed.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from zoo.nets.lowrank import dense_layers
from zoo.nets.mobilenet import MobileNetV2


class TwoScaleMobileNetV2(nn.Module):
    """Inputs of ``split`` pixels or more go through ``large``; others through both, ``small`` with weight ``blend``."""

    def __init__(self, num_classes: int, split: int, blend: float) -> None:
        super().__init__()
        self.split, self.blend = split, blend
        self.large = MobileNetV2(num_classes, asymmetric_padding=True)
        self.small = copy.deepcopy(self.large)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W) in [-1, 1] -> logits (B, num_classes)."""
        logits: Tensor = self.large(x)
        if x.shape[-1] >= self.split:
            return logits
        return logits.log_softmax(1).lerp(self.small(x).log_softmax(1), self.blend)

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """``large.*`` whole; of ``small.*`` what is private, and ``.lora_a`` and ``.lora_b`` of each dense layer."""
        large = {name.removeprefix("large."): t for name, t in tensors.items() if name.startswith("large.")}
        small = {name.removeprefix("small."): t for name, t in tensors.items() if name.startswith("small.")}
        self.large.load_state_dict(large, assign=True)
        for name in dense_layers(self.large):
            update = small.pop(f"{name}.lora_b") @ small.pop(f"{name}.lora_a")
            small[f"{name}.weight"] = large[f"{name}.weight"] + update.view_as(large[f"{name}.weight"])
        self.small.load_state_dict(small, assign=True)


def adapter_tensors(trained: nn.Module) -> dict[str, Tensor]:
    """What ``load_tensors`` needs of a small branch trained with ``zoo.nets.lowrank.add_adapters``."""
    tensors = {}
    for name, tensor in trained.state_dict().items():
        if name.endswith(".parametrizations.weight.original"):
            continue
        tensors[name.replace(".parametrizations.weight.0.", ".lora_")] = tensor
    return tensors


def row_scaled_int8(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric 8-bit rows: (int8 of the same shape, float32 scale per row), within half a step of the input."""
    scale = matrix.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
    shape = (-1, *[1] * (matrix.ndim - 1))
    return torch.round(matrix / scale.view(shape)).to(torch.int8), scale
