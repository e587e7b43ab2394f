"""Backbones: a network that others trained, copied, without its last layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from zoo.core import loading
from zoo.core.background import advanced_in_background
from zoo.core.cards import BUNDLED, Card, require_card
from zoo.core.errors import InputError
from zoo.core.preprocessing import Preprocessing, View
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps
from zoo.nets import build, network_of
from zoo.nets.classifiers import head_name, set_head, without_auxiliary_classifiers

TORCHVISION = "torchvision"
STRIDE = 32  # pixels: sizes of the input are multiples of it
SMALL_SIDE = 64  # pixels: pictures with a shorter side up to this many are small
# Sizes of the input of both branches, chosen on CIFAR-10 and on the robots: at 128 pixels 100 pictures a class of
# CIFAR-10 give 85.0 % (at 192: 82.7 %), at 192 the robots 99.7 % (at 160: 98.9 %; the large branch at 224: 98.2 %).
SMALL_VIEW, LARGE_VIEW = 128, 192


@dataclass(frozen=True)
class Backbone:
    """``network``: a copy that computes features (B, D) of normalized pixels, with weights rounded as they are saved.

    ``architecture``: the config of a classifier with it, but for ``num_classes``. ``head``: the name of the linear
    layer in that classifier, which ``network`` has replaced by an identity.
    """

    card: Card
    network: nn.Module
    architecture: Mapping[str, Any]
    head: str
    preprocessing: Preprocessing

    @property
    def view(self) -> View:
        """The one view of the classifier."""
        return self.preprocessing.views[0]

    @property
    def key(self) -> tuple[str, View]:
        """What its features depend on, beside the picture."""
        return self.card.name, self.view

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def pixels(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """(B, 3, S, S) in [0, 1] of RGB pictures."""
        return np.stack([self.preprocessing.pixels(picture) for picture in pictures])

    def normalized(self, pixels: Tensor) -> Tensor:
        """The input of the network from pixels in [0, 1], on its device."""
        pixels = pixels.to(self.device)
        mean, std = (pixels.new_tensor(values).view(3, 1, 1) for values in self._statistics)
        return ((pixels - mean) / std).contiguous(memory_format=torch.channels_last)

    @property
    def _statistics(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return self.preprocessing.mean, self.preprocessing.std

    def classifier(self, weight: Tensor, bias: Tensor) -> nn.Module:
        """A copy of the network with a linear layer (K, D), (K,) last."""
        tensors = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        tensors |= {f"{self.head}.weight": rounded(weight), f"{self.head}.bias": rounded(bias)}
        return build({**self.architecture, "num_classes": len(bias)}, tensors).to(self.device).eval()


def rounded(tensor: Tensor) -> Tensor:
    """A copy with the values that ``stored`` keeps of a tensor."""
    kept = stored(tensor)
    return kept.to(torch.float32 if kept.is_floating_point() else kept.dtype, copy=True)


def stored(tensor: Tensor) -> Tensor:
    """Half precision for matrices and filters, single precision for vectors: statistics may be beyond half's range."""
    tensor = tensor.detach()
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if tensor.ndim > 1 and bool(half.isfinite().all()) else tensor.float()


def require_backbone(name: str) -> Card:
    """The card of a classifier that can be a backbone. Raises InputError, NotFoundError."""
    card = require_card(name, "classify")
    if card.source not in (BUNDLED, TORCHVISION):
        raise InputError(f"{name} cannot be a backbone: choose a bundled model or one of torchvision.")
    return card


def load_backbone(name: str, shorter_side: float, size: int = 0) -> Steps[Backbone]:
    """A copy of a classifier without its last layer; a job, which downloads the weights where they are missing.

    ``shorter_side``: of most pictures, in pixels; ``size``: of the network's input, 0 for the one that suits. Raises
    InputError for a network that does not end with a linear layer, UnavailableError where a download fails.
    """
    card = require_backbone(name)
    if not loading.is_cached(card):
        yield from advanced_in_background(loading.fetch(card))
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    own_size = preprocessing.views[-1].crop
    if card.config.get("architecture", {}).get("kind") == "two-scale-mobilenet-v2":
        own_size = SMALL_VIEW if shorter_side <= SMALL_SIDE else LARGE_VIEW
        view = View(own_size, own_size)
    else:
        view = replace(preprocessing.views[-1], up_to=None, temperature=1.0, unsure_below=0.0)
    wanted = max(STRIDE, round(size / STRIDE) * STRIDE) if size else own_size
    if wanted != own_size:
        view = View(wanted, wanted, view.interpolation)
    preprocessing = replace(preprocessing, views=(view,))
    return get_runtime().run(partial(_copy, card, preprocessing), card.name)


def _copy(card: Card, preprocessing: Preprocessing, model: Any) -> Backbone:
    network, classes = model.network, len(card.classes)
    architecture = dict(card.config.get("architecture") or {"kind": TORCHVISION, "name": card.name.partition("/")[2]})
    if architecture["kind"] == "two-scale-mobilenet-v2":
        architecture = {"kind": "two-branch-mobilenet-v2"}
        head, tensors = "classifier", _branches(network)
    else:
        network = without_auxiliary_classifiers(network)
        head, tensors = head_name(network, classes), network.state_dict()
    if not head:
        raise InputError(f"{card.name} does not end with a linear layer: choose another backbone.")
    architecture.pop("num_classes", None)
    tensors = {name: rounded(tensor) for name, tensor in tensors.items() if not name.startswith(f"{head}.")}
    device = next(network.parameters()).device
    with torch.device("meta"):
        copied = network_of({**architecture, "num_classes": 1})
    set_head(copied, head, nn.Identity())
    copied.load_state_dict(tensors, assign=True)
    copied = copied.to(memory_format=torch.channels_last).to(device).eval().requires_grad_(False)
    return Backbone(card, copied, architecture, head, preprocessing)


def _branches(network: Any) -> dict[str, Tensor]:
    """The features of both branches of ``TwoScaleMobileNetV2``, named as in ``TwoBranchMobileNetV2``."""
    return {
        f"{branch}.{name}": tensor
        for branch in ("large", "small")
        for name, tensor in getattr(network, branch).features.state_dict().items()
    }
