"""One MobileNetV2 for large pictures and, somewhat changed, for small ones.

Enlarging a 64-pixel picture does not make it look like a photograph: the network that reads photographs well is right
a quarter of the time on such pictures. The small branch differs from it by a change of each dense weight, for which
four bits do, and has normalisation and depthwise filters of its own (private normalisation per resolution: Wang et al.
2020, arXiv:2007.09558). Both read a small picture and their log-probabilities are averaged: the large branch remembers
something of the classes that no labelled small picture showed.
"""

import copy
from collections.abc import Mapping

from torch import Tensor, nn

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
        """``large.*`` whole; of ``small.*`` what is private, and ``.change`` of each dense layer's weight."""
        large = {name.removeprefix("large."): t for name, t in tensors.items() if name.startswith("large.")}
        small = {name.removeprefix("small."): t for name, t in tensors.items() if name.startswith("small.")}
        self.large.load_state_dict(large, assign=True)
        for name in dense_layers(self.large):
            weight = large[f"{name}.weight"]
            small[f"{name}.weight"] = weight + small.pop(f"{name}.change").view_as(weight)
        self.small.load_state_dict(small, assign=True)


def dense_layers(network: nn.Module) -> dict[str, nn.Linear | nn.Conv2d]:
    """The layers that hold nearly all parameters of a mobile network, by name."""
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1))
    }
