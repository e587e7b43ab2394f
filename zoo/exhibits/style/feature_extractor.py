"""What a network sees of a picture: its activations, and what of them makes a style.

Gatys, Ecker and Bethge 2016 (doi:10.1109/CVPR.2016.265) look through VGG-19. Two networks of ours look too:

- PerceptualResNet, which is there for this alone: ResNet-18's early stages, steady against changes that nobody sees,
  so that what an optimiser finds, a painter can learn. It stops before the deep blocks, where few channels speak and
  loudly, which makes residual networks poor judges of style (Wang et al. 2021, arXiv:2104.05623).
- MobileNetV2, which keeps only thin bottlenecks between its blocks; the wide layers inside of them, before the
  depthwise filters, see style.

What each says is taken relative to the target, so that one weight means about the same to all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.core.loading import NormalizedModel
from zoo.exhibits.style.knobs import StyleKnobs

MARGIN = 16  # pixels mirrored at each border and not looked at, so that convolutions' zeros there leave no trace
TINY = 1e-8


@dataclass(frozen=True)
class Perception:
    """Paths of modules: for style from fine to coarse, and for content.

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
    # Content at an eighth of the size, as relu4_2 is: of the last four, where a painter came nearest to Adam.
    "perceptual-resnet": Perception(
        fine=("features.0", "features.2"),
        middle=("features.3", "features.4"),
        coarse=("features.5", "features.6"),
        content="features.4",
        bytes_per_pixel=1400,
    ),
    "mobilenet-v2": Perception(
        fine=("features.0", "features.2.conv.0"),
        middle=("features.3.conv.0", "features.4.conv.0"),
        coarse=("features.6.conv.0", "features.8.conv.0"),
        content="features.8.conv.0",
        bytes_per_pixel=2200,
    ),
    # relu1_1, 2_1, 3_1, 4_1 and 5_1 as in the paper, and relu4_2.
    "torchvision/vgg19": Perception(
        fine=("features.1", "features.6"),
        middle=("features.11",),
        coarse=("features.20", "features.29"),
        content="features.22",
        bytes_per_pixel=3000,
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


def activations(module: NormalizedModel, perception: Perception, pixels: Tensor) -> dict[str, Tensor]:
    """By path, for (1, 3, H, W) pixels in [0, 1], without what only the mirrored margin shows. For the worker.

    It goes no further through the network than is needed.
    """
    seen: dict[str, Tensor] = {}
    network = getattr(module.network, "large", module.network)
    stages = {f"features.{place}": stage for place, stage in network.get_submodule("features").named_children()}
    hooks = [
        network.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, path=path: seen.__setitem__(path, output)
        )
        for path in sorted(perception.paths - stages.keys())
    ]
    try:
        x = (F.pad(pixels, (MARGIN,) * 4, mode="reflect") - module.mean) / module.std
        for path, stage in stages.items():
            x = stage(x)
            if path in perception.paths:
                seen[path] = x
            if len(seen) == len(perception.paths):
                break
    finally:
        for hook in hooks:
            hook.remove()
    return {path: _inside(activation, pixels.shape[3] + 2 * MARGIN) for path, activation in seen.items()}


def _inside(activation: Tensor, width: int) -> Tensor:
    """Of a map that ``width`` pixels led to, what is within the margin."""
    margin = round(MARGIN * activation.shape[3] / width)
    return activation[..., margin:-margin, margin:-margin]


def gram(activation: Tensor) -> Tensor:
    """(1, C, H, W) -> (C, C): how much each pair of channels is active together, mean over the picture."""
    flat = activation.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


@torch.no_grad()
def target_of(
    module: NormalizedModel, perception: Perception, content: Tensor, styles: Sequence[tuple[Tensor, float]]
) -> Target:
    """The photograph's content, and the styles' Gram matrices mixed by their weights."""
    total = sum(weight for _, weight in styles)
    mixed: dict[str, Tensor] = {}
    for picture, weight in styles:
        seen = activations(module, perception, picture)
        for path in (*perception.fine, *perception.middle, *perception.coarse):
            mixed[path] = mixed.get(path, 0) + gram(seen[path]) * (weight / total)
    return Target(mixed, activations(module, perception, content)[perception.content])


def losses(
    module: NormalizedModel, perception: Perception, pixels: Tensor, target: Target, knobs: StyleKnobs
) -> Losses:
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
