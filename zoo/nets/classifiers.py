"""Classifiers of a visitor's classes: networks that others trained, with a last layer of their own.

Each has one linear layer last, which takes the features of a picture: see ``head_name``.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor, nn

from zoo.nets.mobilenet import MobileNetV2


class TwoBranchMobileNetV2(nn.Module):
    """The features of both branches of ``TwoScaleMobileNetV2``, whatever the size of the input, and one linear layer.

    ``large`` knows photographs, ``small`` small pictures: a linear layer on both is right more often than on either.
    """

    def __init__(self, *, num_classes: int) -> None:
        super().__init__()
        self.large = MobileNetV2(num_classes=1, asymmetric_padding=True).features
        self.small = MobileNetV2(num_classes=1, asymmetric_padding=True).features
        self.classifier = nn.Linear(2 * 1280, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, S, S) in [-1, 1] -> logits (B, num_classes)."""
        features = torch.cat([self.large(x).mean((2, 3)), self.small(x).mean((2, 3))], 1)  # (B, 2560)
        logits: Tensor = self.classifier(features)
        return logits


def torchvision_network(*, name: str, num_classes: int) -> nn.Module:
    """A network of torchvision's registry without weights, and without the auxiliary classifiers of some."""
    models = import_module("torchvision.models")  # takes seconds: only where such a network is built
    # Their initialisation takes a minute, and weights follow anyway.
    options: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network = models.get_model(name, weights=None, num_classes=num_classes, **options)
    return without_auxiliary_classifiers(network)


def without_auxiliary_classifiers(network: nn.Module) -> nn.Module:
    """The same network: in torchvision's GoogLeNet and Inception, classifiers of earlier layers are left out."""
    if getattr(network, "aux_logits", False):
        network.aux_logits = False  # type: ignore[assignment]
        for name in ("aux1", "aux2", "AuxLogits"):
            if hasattr(network, name):
                setattr(network, name, None)
    return network


class ClassifierEnsemble(nn.Module):
    """The average of the log-probabilities of networks with the same classes."""

    def __init__(self, *, members: Sequence[Mapping[str, Any]]) -> None:
        from zoo.nets import network_of

        super().__init__()
        self.members = nn.ModuleList(network_of(member) for member in members)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, 3, H, W), normalized as the weights' card says -> logits (B, num_classes)."""
        return torch.stack([member(x).log_softmax(1) for member in self.members]).mean(0)


def head_name(network: nn.Module, num_classes: int) -> str:
    """The name of the last layer: the last module, if it is linear and has an output for each class, else "".

    >>> head_name(TwoBranchMobileNetV2(num_classes=3), 3)
    'classifier'
    """
    leaves = [(name, module) for name, module in network.named_modules() if not any(module.children())]
    linear = [name for name, module in leaves if isinstance(module, nn.Linear) and module.out_features == num_classes]
    return linear[-1] if linear else ""


def set_head(network: nn.Module, name: str, layer: nn.Module) -> nn.Module:
    """Replace the layer of that name; the one before it."""
    parent, _, last = name.rpartition(".")
    holder = network.get_submodule(parent) if parent else network
    before = cast(nn.Module, getattr(holder, last))
    setattr(holder, last, layer)
    return before
