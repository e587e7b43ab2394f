"""Train a ResNet-9 on clean pictures of CIFAR-10, with labels or with the probabilities of a teacher.

With Muon the weights start as by Jordan 2024 (arXiv:2404.00498): a whitening stem, and blocks that pass their input on.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from training.adversarial.cifar import Images, cutout, random_shift_and_flip
from training.adversarial.distillation import load_trained
from training.adversarial.training_loop import CifarConfig, accuracy, fit, prepare, sgd
from training.augment import cutmix, smooth_targets
from training.data_parallel import LossFunction
from training.muon import Muon, split_groups
from training.precision import autocast
from zoo.nets.resnet9 import ResNet9

N_WHITENED = 5000  # pictures whose covariance the stem whitens
WHITENING_EPSILON = 5e-4

# (pictures in [0, 1], (B, 10) class distributions) -> (B, 10) target distributions
Targets = Callable[[Tensor, Tensor], Tensor]


class StandardConfig(CifarConfig):
    epochs: int = Field(default=24, ge=1, description="Passes over the pictures.")
    learning_rate: float = Field(default=0.15, ge=0, description="Peak of the one-cycle policy; 0: the range test.")
    batch_size: int = Field(default=500, ge=1, description="Pictures in a batch.")
    optimizer: Literal["muon", "sgd"] = Field(default="muon", description="Muon, or SGD with Nesterov momentum.")
    label_smoothing: float = Field(default=0.2, ge=0, lt=1, description="Weight of the uniform distribution.")
    cutout: int = Field(default=0, ge=0, description="Side in pixels of the greyed square; 0 is off.")
    cutmix_probability: float = Field(default=0.0, ge=0, le=1, description="Fraction of the batches with CutMix.")
    teacher: str = Field(default="", description="Checkpoint whose probabilities are the targets; empty for labels.")


def train(data: Path, name: str, config: StandardConfig) -> None:
    """Writes .checkpoints/NAME.pt."""
    network, training, held_out, generator = prepare(data, config)
    muon = config.optimizer == "muon"
    if muon and not config.init_from:
        pixels = training.floats(slice(N_WHITENED))
        initialize(network.network, (pixels - network.mean) / network.std)  # type: ignore[arg-type]
    if config.teacher:
        targets = teacher_targets(load_trained(config.teacher))
    else:
        targets = smoothed_targets(config.label_smoothing)
    loss_function = make_loss(targets, training, config.cutout, config.cutmix_probability)
    measure = lambda: {"held_out": accuracy(network, held_out)}  # noqa: E731
    fit(name, config, network, training, loss_function, measure, generator, make_muon if muon else sgd)


def make_loss(targets: Targets, training: Images, cutout_side: int, cutmix_probability: float = 0) -> LossFunction:
    """Cross-entropy on pictures that are shifted, flipped, cut out and, in some batches, mixed by CutMix."""

    def loss_function(network: nn.Module, indices: Tensor, generator: torch.Generator) -> Tensor:
        network.train()
        images = random_shift_and_flip(training.floats(indices), generator)
        images = cutout(images, cutout_side, generator).to(memory_format=torch.channels_last)
        distributions = F.one_hot(training.labels[indices], 10).float()
        if float(torch.rand((), generator=generator)) < cutmix_probability:
            images, distributions = cutmix(images, distributions, generator)
        with autocast():
            outputs = network(images)
        return F.cross_entropy(outputs.float(), targets(images, distributions))

    return loss_function


def smoothed_targets(amount: float) -> Targets:
    """Label smoothing: ``amount`` of the mass is spread evenly (Szegedy et al. 2015, arXiv:1512.00567)."""
    return lambda images, distributions: smooth_targets(distributions, amount)


def teacher_targets(teacher: nn.Module) -> Targets:
    """Distillation: the teacher's probabilities for the same augmented pictures."""

    @torch.no_grad()
    def probabilities(images: Tensor, distributions: Tensor) -> Tensor:
        outputs: Tensor = teacher(images)
        return outputs.softmax(1)

    return probabilities


def make_muon(network: nn.Module, learning_rate: float) -> Muon:
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return Muon(split_groups([{"params": trainable, "lr": learning_rate}]), lr=learning_rate, momentum=0.8)


@torch.no_grad()
def initialize(network: ResNet9, pixels: Tensor) -> None:
    """Make every block the identity, and the stem a frozen whitening of 3x3 patches.

    pixels: (N, 3, H, W), normalized; the patches are theirs.
    """
    for block in (*network.downsample, *network.residual):
        nn.init.dirac_(block.conv.weight[: block.conv.in_channels])  # type: ignore[union-attr, index, arg-type]
    patches = F.unfold(pixels, 3).transpose(1, 2).flatten(0, 1)  # (N * patches, 27)
    eigenvalues, eigenvectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    count = network.stem.conv.out_channels // 2
    filters = (eigenvectors / (eigenvalues + WHITENING_EPSILON).sqrt()).T.flip(0)[:count].view(count, 3, 3, 3)
    network.stem.conv.weight.copy_(torch.cat((filters, -filters)))
    network.stem.conv.weight.requires_grad_(False)
