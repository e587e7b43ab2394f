"""What a network sees of a picture: its activations, and what of them makes a style.

Gatys, Ecker and Bethge 2016 (doi:10.1109/CVPR.2016.265) look through VGG-19. Two networks of ours look too:

- ResNet-18, which halves its maps by leaving out every second place. Which places it kept, an optimiser finds out and a
  painter cannot know: here it looks through a blur before each such step (Zhang 2019, arXiv:1904.11486). Its pooling
  stays: by the mean, as Gatys et al. pool, a screen of dots pleases the fine layers and none of the others sees it.
  It stops before the deep blocks, where few channels speak and loudly, which makes residual networks poor judges of
  style (Wang et al. 2021, arXiv:2104.05623).
- MobileNetV2, which keeps only thin bottlenecks between its blocks; the wide layers inside of them, before the
  depthwise filters, see style.

What each says is taken relative to the target, so that one weight means about the same to all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.models import Normalised
from zoo.knobs.style import StyleKnobs
from zoo.nets.resnet import ResNet18

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
    "resnet-18": Perception(
        fine=("conv1", "layer1.0"),
        middle=("layer1.1", "layer2.0"),
        coarse=("layer2.1", "layer3.0"),
        content="layer3.0",
        bytes_per_pixel=1200,
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


def blurred(x: Tensor) -> Tensor:
    """By (1, 2, 1) / 4 in both directions, so that there is nothing as fine as what leaving out places would lose."""
    return F.avg_pool2d(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 2, 1), 2, 1)


def stages(network: nn.Module) -> Iterator[tuple[str, Callable[[Tensor], Tensor]]]:
    """The steps that a picture takes through a network, by the names of its modules."""
    if isinstance(network, ResNet18):
        yield from _resnet_stages(network)
    else:
        features: nn.Sequential = network.features  # type: ignore[assignment]
        yield from ((f"features.{place}", block) for place, block in features.named_children())


def _resnet_stages(network: ResNet18) -> Iterator[tuple[str, Callable[[Tensor], Tensor]]]:
    yield "conv1", lambda x: F.relu(network.bn1(network.conv1(blurred(x))))
    yield "maxpool", partial(F.max_pool2d, kernel_size=3, stride=2, padding=1)
    for layer in ("layer1", "layer2", "layer3", "layer4"):
        for place, block in network.get_submodule(layer).named_children():
            yield f"{layer}.{place}", partial(_halving, block) if block.downsample else block


def _halving(block: nn.Module, x: Tensor) -> Tensor:
    seen: Tensor = block(blurred(x))
    return seen


def activations(module: Normalised, perception: Perception, pixels: Tensor) -> dict[str, Tensor]:
    """By path, for (1, 3, H, W) pixels in [0, 1], without what only the mirrored margin shows. For the worker.

    It goes no further through the network than is needed.
    """
    seen: dict[str, Tensor] = {}
    network = getattr(module.network, "large", module.network)
    inner = perception.paths - {path for path, _ in stages(network)}
    hooks = [
        network.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, path=path: seen.__setitem__(path, output)
        )
        for path in sorted(inner)
    ]
    try:
        x = (F.pad(pixels, (MARGIN,) * 4, mode="reflect") - module.mean) / module.std
        for path, stage in stages(network):
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
