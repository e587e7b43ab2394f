"""Two MobileNetV2 branches in one network: ``large`` for large inputs, an ensemble of both for small ones.

A network trained on photographs is right on a quarter of 64-pixel pictures, however they are enlarged. The branch
``small`` was fine-tuned on them. It is stored as a difference to ``large``: a change of each dense weight, for which 4
bits suffice, with batch normalization and depthwise filters of its own (private normalization per resolution: Wang et
al. 2020, arXiv:2007.09558). On a small input the log-probabilities of both are averaged, because ``large`` also knows
the classes for which there were no small labelled pictures.
"""

import copy
from collections.abc import Mapping

from torch import Tensor, nn

from zoo.nets.mobilenet import MobileNetV2


class TwoScaleMobileNetV2(nn.Module):
    """Inputs of ``large_from`` pixels or more go through ``large``, others through both branches.

    ``small_weight``: the weight of ``small`` in the average of log-probabilities, in [0, 1].
    """

    def __init__(self, *, num_classes: int, large_from: int, small_weight: float) -> None:
        super().__init__()
        self.large_from, self.small_weight = large_from, small_weight
        self.large = MobileNetV2(num_classes=num_classes, asymmetric_padding=True)
        self.small = copy.deepcopy(self.large)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, S, S) in [-1, 1] -> logits (B, num_classes)."""
        logits: Tensor = self.large(x)  # (B, num_classes)
        if x.shape[-1] >= self.large_from:
            return logits
        return logits.log_softmax(1).lerp(self.small(x).log_softmax(1), self.small_weight)

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Load ``large.*`` as it is, and ``small.*`` with ``NAME.change`` for each dense layer's ``NAME.weight``."""
        large = {name.removeprefix("large."): t for name, t in tensors.items() if name.startswith("large.")}
        small = {name.removeprefix("small."): t for name, t in tensors.items() if name.startswith("small.")}
        self.large.load_state_dict(large, assign=True)
        for name in dense_layers(self.large):
            weight = large[f"{name}.weight"]
            small[f"{name}.weight"] = weight + small.pop(f"{name}.change").view_as(weight)
        self.small.load_state_dict(small, assign=True)


def dense_layers(network: nn.Module) -> dict[str, nn.Linear | nn.Conv2d]:
    """The linear layers and 1x1 convolutions by name: they hold nearly all parameters of a mobile network."""
    return {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1))
    }
