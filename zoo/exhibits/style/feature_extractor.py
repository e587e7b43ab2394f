"""The feature extractors of style transfer: activations, Gram matrices and losses.

Gatys, Ecker and Bethge 2016 (doi:10.1109/CVPR.2016.265) use VGG-19. Two bundled networks can take its place:

- ``perceptual-resnet``, made for this: the first stages of a ResNet-18, adversarially fine-tuned, so that a change that
  lowers the losses is visible and a feed-forward network can learn it. It ends before the deep stages, where a few
  channels dominate the activations, which makes residual networks poor at style transfer (Wang et al. 2021,
  arXiv:2104.05623).
- ``mobilenet-v2``: the bottlenecks between its blocks have few channels, so the wide layers inside of the blocks are
  used, before the depthwise convolutions.

Unlike in the paper, each loss is relative to the squared norm of its target, so that one weight means about the same
for every network, and the picture is padded by reflection, so that zero padding does not show at the borders.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.loading import NormalizedModel
from zoo.core.steps import PAUSE, Steps, run_to_completion
from zoo.exhibits.style.knobs import StyleKnobs

MARGIN = 16  # pixels of reflection padding at each border; its part of each map is cropped again
EPS = 1e-8


@dataclass(frozen=True)
class FeatureLayers:
    """Paths of modules: for the style loss from fine to coarse, and for the content loss.

    ``bytes_per_pixel``: the memory of an optimisation step, as measured.
    """

    fine: tuple[str, ...]
    middle: tuple[str, ...]
    coarse: tuple[str, ...]
    content: str
    bytes_per_pixel: int

    @property
    def style(self) -> tuple[str, ...]:
        """The layers of the style loss."""
        return (*self.fine, *self.middle, *self.coarse)

    @property
    def paths(self) -> set[str]:
        """All layers."""
        return {*self.style, self.content}


LAYERS: Mapping[str, FeatureLayers] = {
    # Content at an eighth of the size, as relu4_2 is. Of the last four blocks, this one gave the feed-forward network
    # the lowest losses relative to Adam's.
    "perceptual-resnet": FeatureLayers(
        fine=("features.0", "features.2"),
        middle=("features.3", "features.4"),
        coarse=("features.5", "features.6"),
        content="features.4",
        bytes_per_pixel=1400,
    ),
    "mobilenet-v2": FeatureLayers(
        fine=("features.0", "features.2.conv.0"),
        middle=("features.3.conv.0", "features.4.conv.0"),
        coarse=("features.6.conv.0", "features.8.conv.0"),
        content="features.8.conv.0",
        bytes_per_pixel=2200,
    ),
    # relu1_1, 2_1, 3_1, 4_1 and 5_1 as in the paper, and relu4_2.
    "torchvision/vgg19": FeatureLayers(
        fine=("features.1", "features.6"),
        middle=("features.11",),
        coarse=("features.20", "features.29"),
        content="features.22",
        bytes_per_pixel=3000,
    ),
}


@dataclass(frozen=True)
class Target:
    """``grams``: (C, C) Gram matrix by style layer. ``content``: (1, C, h, w) activations of the content layer."""

    grams: Mapping[str, Tensor]
    content: Tensor


@dataclass(frozen=True)
class Losses:
    """Scalars. ``content`` and ``style``: relative squared errors, 0 at the target.

    ``total``: their weighted sum with the total variation; what is minimised.
    """

    content: Tensor
    style: Tensor
    total: Tensor


def estimate_bytes(width: int, height: int, network: str) -> int:
    """The memory that optimisation at this size needs."""
    return (width + 2 * MARGIN) * (height + 2 * MARGIN) * LAYERS[network].bytes_per_pixel


def activations(module: NormalizedModel, layers: FeatureLayers, pixels: Tensor) -> dict[str, Tensor]:
    """The activations of (1, 3, H, W) pixels in [0, 1] by path, (1, C, h, w) each. For the worker.

    The forward pass ends at the last layer that is needed.
    """
    outputs: dict[str, Tensor] = {}
    x = normalised(module, pixels)
    for stage in stages(module, layers):
        x, reached = stage(x)
        outputs |= reached
    return {path: crop_margin(output, pixels.shape[3] + 2 * MARGIN) for path, output in outputs.items()}


def normalised(module: NormalizedModel, pixels: Tensor) -> Tensor:
    """The pixels as the network takes them, with a margin."""
    return (F.pad(pixels, (MARGIN,) * 4, mode="reflect") - module.mean) / module.std


Stage: TypeAlias = Callable[[Tensor], tuple[Tensor, dict[str, Tensor]]]


def stages(module: NormalizedModel, layers: FeatureLayers) -> list[Stage]:
    """The network in parts, up to the last that is needed: output, and the activations of the layers within by path."""
    network = getattr(module.network, "large", module.network)
    features = network.get_submodule("features")
    last = max(int(path.split(".")[1]) for path in layers.paths)
    return [partial(_run_stage, features, index, layers) for index in range(last + 1)]


def _run_stage(features: nn.Module, index: int, layers: FeatureLayers, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    stage, name = features.get_submodule(str(index)), f"features.{index}"
    reached: dict[str, Tensor] = {}
    hooks = [
        stage.get_submodule(path.removeprefix(f"{name}.")).register_forward_hook(
            lambda module, inputs, output, path=path: reached.__setitem__(path, output)
        )
        for path in sorted(layers.paths)
        if path.startswith(f"{name}.")
    ]
    try:
        x = stage(x)
    finally:
        for hook in hooks:
            hook.remove()
    return x, reached | ({name: x} if name in layers.paths else {})


def crop_margin(activation: Tensor, width: int) -> Tensor:
    """Remove what comes from the padding; ``width``: of the padded picture, in pixels."""
    margin = round(MARGIN * activation.shape[3] / width)
    return activation[..., margin:-margin, margin:-margin]


def gram_matrix(activation: Tensor) -> Tensor:
    """(1, C, H, W) -> (C, C): the product of each pair of channels, averaged over the pixels."""
    flat = activation.flatten(2)[0]  # (C, H * W)
    return flat @ flat.T / flat.shape[1]


def compute_target(
    module: NormalizedModel, layers: FeatureLayers, content: Tensor, paintings: Sequence[tuple[Tensor, float]]
) -> Target:
    """The content's activations, and the weighted mean of the paintings' Gram matrices."""
    return run_to_completion(target_in_turns(module, layers, content, paintings))


def target_in_turns(
    module: NormalizedModel, layers: FeatureLayers, content: Tensor, paintings: Sequence[tuple[Tensor, float]]
) -> Steps[Target]:
    """The same, with a pause after each stage of the network."""
    total = sum(weight for _, weight in paintings)
    grams: dict[str, Tensor] = {}
    for pixels, weight in paintings:
        features = yield from _constant_activations(module, layers, pixels)
        for path in layers.style:
            grams[path] = grams.get(path, 0) + gram_matrix(features[path]) * (weight / total)
            yield PAUSE
    features = yield from _constant_activations(module, layers, content)
    return Target(grams, features[layers.content])


def _constant_activations(module: NormalizedModel, layers: FeatureLayers, pixels: Tensor) -> Steps[dict[str, Tensor]]:
    """As ``activations``, without gradients and with pauses. No pause is within ``torch.no_grad``: see ``jobs``."""
    outputs: dict[str, Tensor] = {}
    x = normalised(module, pixels)
    for stage in stages(module, layers):
        with torch.no_grad():
            x, reached = stage(x)
        outputs |= reached
        yield PAUSE
    return {path: crop_margin(output, pixels.shape[3] + 2 * MARGIN) for path, output in outputs.items()}


def compute_losses(
    module: NormalizedModel, layers: FeatureLayers, pixels: Tensor, target: Target, knobs: StyleKnobs
) -> Losses:
    """The losses of (1, 3, H, W) pixels in [0, 1]."""
    return losses_of(activations(module, layers, pixels), layers, pixels, target, knobs)


def losses_of(
    features: Mapping[str, Tensor], layers: FeatureLayers, pixels: Tensor, target: Target, knobs: StyleKnobs
) -> Losses:
    """The losses of pixels whose activations are known."""
    style = pixels.new_zeros(())
    groups = (
        (layers.fine, knobs.fine_weight),
        (layers.middle, knobs.middle_weight),
        (layers.coarse, knobs.coarse_weight),
    )
    for paths, weight in groups:
        errors = [(gram_matrix(features[path]) - target.grams[path]).square().sum() for path in paths]
        norms = [target.grams[path].square().sum() + EPS for path in paths]
        for error, norm in zip(errors, norms, strict=True):
            style = style + weight * error / norm / len(layers.paths)
    content = (features[layers.content] - target.content).square().mean() / (target.content.square().mean() + EPS)
    variation = pixels.diff(dim=2).square().mean() + pixels.diff(dim=3).square().mean()
    total = knobs.content_weight * content + knobs.style_weight * style + knobs.tv_weight * variation
    return Losses(content, style, total)
