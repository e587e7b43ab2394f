"""What a network sees of a picture: its activations, and what of them makes a style.

Gatys, Ecker and Bethge 2016 (doi:10.1109/CVPR.2016.265) look through VGG-19, between whose layers everything passes.
Our MobileNetV2 keeps only thin bottlenecks there; its wide layers are inside of the blocks, before the depthwise
filters, and those see style. What both say is taken relative to the target, so that one weight means the same to both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.models import Normalised
from zoo.knobs.style import StyleKnobs

MARGIN = 16  # pixels mirrored at each border, so that the zeros that convolutions add there leave no halo
TINY = 1e-8


@dataclass(frozen=True)
class Perception:
    """Paths of layers among a network's ``features``: for style from fine to coarse, and for content.

    ``bytes_per_pixel``: measured; what a step needs of memory.
    """

    fine: tuple[str, ...]
    middle: tuple[str, ...]
    coarse: tuple[str, ...]
    content: str
    bytes_per_pixel: int

    @property
    def paths(self) -> set[str]:
        return {*self.fine, *self.middle, *self.coarse, self.content}


PERCEPTIONS: Mapping[str, Perception] = {
    "mobilenet-v2": Perception(
        fine=("0", "2.conv.0"),
        middle=("3.conv.0", "4.conv.0"),
        coarse=("6.conv.0", "8.conv.0"),
        content="8.conv.0",
        bytes_per_pixel=2200,
    ),
    # relu1_1, 2_1, 3_1, 4_1 and 5_1 as in the paper, and relu4_2.
    "torchvision/vgg19": Perception(
        fine=("1", "6"), middle=("11",), coarse=("20", "29"), content="22", bytes_per_pixel=3000
    ),
}


@dataclass(frozen=True)
class Target:
    """What a painting is to look like: Gram matrices by layer, and the content layer's activations."""

    grams: Mapping[str, Tensor]
    content: Tensor


@dataclass(frozen=True)
class Losses:
    """Relative squared errors: 0 is the target itself. ``total`` is what is descended."""

    content: Tensor
    style: Tensor
    total: Tensor


def estimated_bytes(width: int, height: int, network: str) -> int:
    """The memory that painting at this size needs."""
    return (width + 2 * MARGIN) * (height + 2 * MARGIN) * PERCEPTIONS[network].bytes_per_pixel


def activations(module: Normalised, perception: Perception, pixels: Tensor) -> dict[str, Tensor]:
    """By path, for (1, 3, H, W) pixels in [0, 1]; no further through the network than is needed. For the worker."""
    features: nn.Sequential = getattr(module.network, "large", module.network).features  # type: ignore[assignment]
    seen: dict[str, Tensor] = {}

    def keep(path: str) -> object:
        return features.get_submodule(path).register_forward_hook(
            lambda module, inputs, output: seen.__setitem__(path, output)
        )

    hooks = [keep(path) for path in sorted(perception.paths)]
    try:
        x = (F.pad(pixels, (MARGIN,) * 4, mode="reflect") - module.mean) / module.std
        for block in features:
            x = block(x)
            if len(seen) == len(hooks):
                break
    finally:
        for hook in hooks:
            hook.remove()  # type: ignore[attr-defined]
    return seen


def gram(activation: Tensor) -> Tensor:
    """(1, C, H, W) -> (C, C): how much each pair of channels is active together, mean over the picture."""
    flat = activation.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


@torch.no_grad()
def target_of(
    module: Normalised, perception: Perception, content: Tensor, styles: Sequence[tuple[Tensor, float]]
) -> Target:
    """The photograph's content, and the styles' Gram matrices mixed by their weights."""
    total = sum(weight for _, weight in styles)
    mixed: dict[str, Tensor] = {}
    for picture, weight in styles:
        seen = activations(module, perception, picture)
        for path in (*perception.fine, *perception.middle, *perception.coarse):
            mixed[path] = mixed.get(path, 0) + gram(seen[path]) * (weight / total)
    return Target(mixed, activations(module, perception, content)[perception.content])


def losses(module: Normalised, perception: Perception, pixels: Tensor, target: Target, knobs: StyleKnobs) -> Losses:
    """How far (1, 3, H, W) pixels in [0, 1] are from the target."""
    seen = activations(module, perception, pixels)
    style = pixels.new_zeros(())
    groups = ((perception.fine, knobs.fine), (perception.middle, knobs.middle), (perception.coarse, knobs.coarse))
    for paths, weight in groups:
        errors = [(gram(seen[path]) - target.grams[path]).square().sum() for path in paths]
        norms = [target.grams[path].square().sum() + TINY for path in paths]
        for error, norm in zip(errors, norms, strict=True):
            style = style + weight * error / norm / len(perception.paths)
    away = (seen[perception.content] - target.content).square().mean()
    content = away / (target.content.square().mean() + TINY)
    rough = pixels.diff(dim=2).square().mean() + pixels.diff(dim=3).square().mean()
    return Losses(content, style, knobs.content * content + knobs.style * style + knobs.smoothness * rough)
