"""Train both students of the autoencoder exhibit on the same batches of Tiny ImageNet, by the exhibit's own losses.

Ten classes are left out whole: the linear probe of the exhibit's benchmark learns and is measured on them.
"""

from pathlib import Path

import torch
from pydantic import Field
from torch import Tensor

from training import options
from training.pictures import Pictures, tiny_imagenet
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run, shuffled
from zoo.core.loading import NormalizedModel, load
from zoo.exhibits.autoencoder.losses import JUDGE, student_losses
from zoo.nets.autoencoder import SIDE, AutoencoderPair

PROBE_EVERY = 20  # of the classes, sorted by WordNet id, the first of every twenty are the probe's
LOG_EVERY = 50  # steps


class AutoencoderConfig(RecipeConfig):
    """Both students see the same batches in the same order."""

    epochs: int = Field(default=3, ge=1, description="Epochs over 190 classes of Tiny ImageNet.")
    pictures: int = Field(default=45_600, ge=64, description="Pictures of an epoch, at random; 45,600 are all.")
    batch_size: int = Field(default=32, ge=2, description="Pictures in a batch, mirrored half of the time.")
    learning_rate: float = Field(default=2e-3, gt=0, description="Peak learning rate of AdamW.")
    weight_decay: float = Field(default=1e-4, ge=0, description="Weight decay of AdamW.")
    pixel_weight: float = Field(default=1.0, ge=0, description="Weight of the error of pixels, perceptual student.")
    perceptual_weight: float = Field(default=0.2, ge=0, description="Weight of the distance of features.")
    stages: list[int] = Field(
        default=[2], description="Stages of the network whose features are compared, from 0 to 6."
    )


def is_probe_class(labels: Tensor) -> Tensor:
    """Whether a class is one of the ten that only the probe sees."""
    return labels % PROBE_EVERY == 0


def split(data: Path) -> tuple[Tensor, Tensor, Pictures]:
    """(trained on, held out, the ten classes of the probe): (N, 3, 64, 64) uint8 each."""
    train, held_out = tiny_imagenet(data, options.CACHE)
    probe = Pictures(
        torch.cat([each.images[is_probe_class(each.labels)] for each in (train, held_out)]),
        torch.cat([each.labels[is_probe_class(each.labels)] for each in (train, held_out)]),
        train.wnids,
    )
    return train.images[~is_probe_class(train.labels)], held_out.images[~is_probe_class(held_out.labels)], probe


def judge_network() -> NormalizedModel:
    module = load(JUDGE)
    assert isinstance(module, NormalizedModel)
    return module.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def batch_of(images: Tensor, indices: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 3, 64, 64) in [-1, 1], each mirrored at random."""
    pictures = images[indices].float() / 127.5 - 1
    mirrored = torch.rand(len(pictures), generator=generator) < 0.5
    pictures[mirrored] = pictures[mirrored].flip(3)
    return pictures.contiguous(memory_format=torch.channels_last)


def train(data: Path, name: str, config: AutoencoderConfig) -> None:
    torch.manual_seed(config.seed)
    images, _, _ = split(data)
    judge = judge_network()
    pair = AutoencoderPair().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(pair.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    generator = torch.Generator().manual_seed(config.seed)
    count = min(config.pictures, len(images))
    order = lambda epoch: shuffled(len(images), epoch)[:count]  # noqa: E731
    run = Run(name, pair, optimizer, generator, count, config.batch_size, [SIDE] * config.epochs, order)
    weights = {"pixel": config.pixel_weight, "perceptual": config.perceptual_weight}
    for step, _, indices in run.steps():
        with autocast():
            losses = student_losses(pair, judge, batch_of(images, indices, generator), weights, config.stages)
        run.minimize(losses.pixel + losses.perceptual)
        if step % LOG_EVERY == 0:
            run.log(step, pixel=losses.pixel.item(), perceptual=losses.perceptual.item())
