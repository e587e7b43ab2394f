"""Train the feature extractor of style transfer: the first stages of ResNet-18, fine-tuned on adversarial examples.

Optimisation finds changes of the pixels that alter the activations and are hardly visible; a feed-forward network
cannot learn them. So the network is trained to give for an adversarially changed picture the activations that ResNet-18
gives for the original (Schlarmann et al. 2024, arXiv:2402.12336). Adversarially trained networks are also better at
style transfer (Nakano 2019, doi:10.23915/distill.00019.4).
"""

import copy
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.data_parallel import DataParallel
from training.options import CACHE
from training.pictures import Photograph, photographs, tiny_imagenet
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run, load_weights
from training.style.recipe import random_crop
from zoo.core.loading import NormalizedModel, load
from zoo.nets.perceptual import BasicBlock, PerceptualResNet
from zoo.nets.resnet import BasicBlock as ResNetBlock
from zoo.nets.resnet import ResNet18

ORIGINAL = "resnet-18"
STAGE_WEIGHTS = {0: 0.25, 2: 0.25, 3: 0.25, 4: 0.25, 5: 0.5, 6: 1.0}  # in the loss, by index of the stage
EPS = 1e-6


class PerceptualConfig(RecipeConfig):
    """``epsilon`` is a root mean square over the values of a picture in [0, 1]: 0.04 is about 10 of 255."""

    start: Path | None = Field(default=None, description="Checkpoint of an earlier run whose weights this starts from.")
    steps: int = Field(default=2000, ge=1, description="Batches in all.")
    learning_rate: float = Field(default=6e-4, gt=0, description="Peak learning rate.")
    epsilon: float = Field(
        default=0.02, gt=0, description="Mean size of the adversarial change; the largest is twice it."
    )
    batch_size: int = Field(
        default=32, ge=1, description="Pictures in a batch, half of them of Tiny ImageNet, upscaled."
    )
    size: int = Field(default=128, ge=32, description="Side of a picture or a crop, in pixels.")


def original_network() -> tuple[PerceptualResNet, NormalizedModel]:
    """The first stages of the bundled ResNet-18 with blurs, not fine-tuned, and the model that they are from."""
    module = load(ORIGINAL).eval()
    assert isinstance(module, NormalizedModel)
    assert isinstance(module.network, ResNet18)
    return fold_batch_norm(module.network.float()).requires_grad_(False), module


@torch.no_grad()
def fold_batch_norm(network: ResNet18) -> PerceptualResNet:
    """The same convolutions with the batch normalisations folded in."""
    perceptual = PerceptualResNet()
    stem, _, *blocks = perceptual.features
    load_fused(stem.conv, network.conv1, network.bn1)  # type: ignore[arg-type]
    for block, source in zip(blocks, [*network.layer1, *network.layer2, network.layer3[0]], strict=True):
        assert isinstance(block, BasicBlock)
        assert isinstance(source, ResNetBlock)
        load_fused(block.conv1, source.conv1, source.bn1)
        load_fused(block.conv2, source.conv2, source.bn2)
        if block.downsample is not None:
            load_fused(block.downsample, *source.downsample)  # type: ignore[misc]
    return perceptual


def load_fused(target: nn.Conv2d, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    target.load_state_dict(fuse_conv_bn_eval(conv, norm).state_dict())


def feature_maps(network: PerceptualResNet, module: NormalizedModel, pixels: Tensor) -> list[Tensor]:
    """The map after each stage, for (B, 3, H, W) in [0, 1]. ``module``: whose normalisation of pixels is used."""
    maps = [(pixels - module.mean) / module.std]
    for stage in network.features:
        maps.append(stage(maps[-1]))
    return maps[1:]


def feature_loss(maps: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """(B,) relative squared errors, the weighted sum over stages."""
    errors = [weight * relative_error(maps[index], targets[index]) for index, weight in STAGE_WEIGHTS.items()]
    return torch.stack(errors).sum(0)


def relative_error(maps: Tensor, targets: Tensor) -> Tensor:
    """(B,) squared error over the squared norm of the target."""
    dimensions = (1, 2, 3)
    error = (maps.float() - targets.float()).square().mean(dimensions)
    return error / (targets.float().square().mean(dimensions) + EPS)


def l2_norms(perturbation: Tensor) -> Tensor:
    """(B, 1, 1, 1)."""
    return perturbation.flatten(1).norm(dim=1).view(-1, 1, 1, 1)


def rescale(perturbation: Tensor, norm: Tensor) -> Tensor:
    """``perturbation``, (B, 3, H, W), with L2 norms of ``norm``, (B, 1, 1, 1)."""
    return perturbation * (norm / (l2_norms(perturbation) + 1e-12))


def project(perturbation: Tensor, radius: Tensor) -> Tensor:
    """``perturbation``, (B, 3, H, W), with L2 norms of at most ``radius``, (B, 1, 1, 1)."""
    return rescale(perturbation, torch.minimum(radius, l2_norms(perturbation)))


def adversarial_examples(
    network: PerceptualResNet,
    module: NormalizedModel,
    pixels: Tensor,
    targets: Sequence[Tensor],
    radius: Tensor,
    noise: Tensor,
) -> Tensor:
    """Pixels within an L2 ``radius`` that increase the loss against ``targets``: one gradient step from ``noise``."""
    start = rescale(noise, radius / 2).contiguous(memory_format=torch.channels_last).requires_grad_(True)
    loss = feature_loss(feature_maps(network, module, pixels + start), targets).sum()
    (gradient,) = torch.autograd.grad(loss, start)
    with torch.no_grad():
        return (pixels + project(start + rescale(gradient, radius), radius)).clamp(0, 1)


def sample_picture(small: Tensor, large: list[Photograph], side: int, generator: torch.Generator) -> Tensor:
    """(1, 3, side, side) in [0, 1]: Tiny ImageNet upscaled, or a crop of a photograph; mirrored at random."""
    draw = partial(torch.randint, size=(), generator=generator)
    if int(draw(2)):
        return random_crop(large[int(draw(len(large)))][1], side, generator)
    pixels = F.interpolate(small[int(draw(len(small)))][None].float() / 255, size=(side, side), mode="bilinear")
    return pixels.flip(3) if int(draw(2)) else pixels


def train(data: Path, name: str, config: PerceptualConfig) -> None:
    """Write .checkpoints/NAME.pt."""
    torch.set_flush_denormal(True)
    original, module = original_network()
    original = original.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network = copy.deepcopy(original).requires_grad_(True)
    load_weights(network, config.start)
    (small, _), (large, _) = tiny_imagenet(data, CACHE), photographs(data)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate)
    generator = torch.Generator().manual_seed(config.seed)
    run = Run(name, network, optimizer, generator, config.steps * config.batch_size, config.batch_size, [config.size])
    recent: deque[tuple[float, float]] = deque(maxlen=200)

    def loss_function(network: nn.Module, indices: Tensor, generator: torch.Generator) -> Tensor:
        assert isinstance(network, PerceptualResNet)
        pictures = [sample_picture(small.images, large, config.size, generator) for _ in indices]
        pixels = torch.cat(pictures).contiguous(memory_format=torch.channels_last)
        sizes = 2 * config.epsilon * torch.rand((len(pixels), 1, 1, 1), generator=generator)
        radius = sizes * pixels[0].numel() ** 0.5  # from root mean square to L2 norm
        noise = torch.randn(pixels.shape, generator=generator)
        with autocast():
            with torch.no_grad():
                targets = feature_maps(original, module, pixels)
            adversarial = adversarial_examples(network, module, pixels, targets, radius, noise)
            maps = feature_maps(network, module, adversarial)
            loss = feature_loss(maps, targets).mean()
        recent.append((float(loss.detach()), float(relative_error(maps[-1].detach(), targets[-1]).mean())))
        return loss

    parallel = DataParallel(network, generator)
    for step, _, indices in run.steps():
        parallel.backward(indices, loss_function)
        run.step()
        if step % 50 == 0:
            loss, last = np.mean(recent, 0)
            run.log(step, loss=loss, last_stage=last)
