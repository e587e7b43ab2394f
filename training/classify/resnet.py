"""ResNet-18 from scratch on 64-pixel pictures, from labels and from teachers that began as an ImageNet network."""

from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.classify.batches import Lessons, Teacher, accuracy, find, teach
from training.classify.networks import imagenet_columns, read, teachers_called
from training.muon import Muon, split_groups
from training.pictures import tiny_imagenet
from training.precision import autocast
from training.run import Run, load_weights
from training.schedule import discriminative_groups, epoch_sizes
from zoo.core.device import pick_device
from zoo.nets.resnet import BasicBlock, ResNet18

SHOWN = 160  # side of the crops, which the teachers see; the pupil sees them smaller


def among(columns: Tensor, teacher: Teacher) -> Teacher:
    """What a teacher of more classes says if these are all that there are."""

    def said(inputs: Tensor) -> Tensor:
        odds = teacher(inputs)[:, columns]
        return odds / odds.sum(1, keepdim=True)

    return said


def initialise(network: nn.Module) -> None:
    """He's initialisation (arXiv:1502.01852), with residual blocks that start as the identity (arXiv:1706.02677)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)


def resnet(
    data: options.Data,
    name: options.Name = "resnet",
    teachers: options.Teachers = "",
    sizes: options.Sizes = "40x96,14x128",
    rate: options.Rate = 0.05,
    decay: options.Decay = 1.0,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.2,
    mixed: options.CutMix = 0.5,
    batch: Annotated[int, typer.Option(help="Pictures in a batch.")] = 500,
    trust: options.TeacherWeight = 0.8,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Train the ResNet-18; writes .checkpoints/NAME.pt."""
    device = pick_device()
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator(device).manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    columns = imagenet_columns(train.wnids)
    knowing = [among(columns, teacher) for teacher in teachers_called(teachers, data, columns, device)]

    network = ResNet18(len(train.wnids))
    initialise(network)
    load_weights(network, start)
    network.to(device, memory_format=torch.channels_last)
    stem = nn.Sequential(network.conv1, network.bn1)
    layers = [stem, network.layer1, network.layer2, network.layer3, network.layer4, network.fc]
    optimizer = Muon(split_groups(discriminative_groups(layers, rate or 0.1, decay)), lr=rate or 0.1, momentum=0.8)
    lessons = Lessons(
        train.images.to(device),
        train.labels.to(device),
        len(train.wnids),
        smoothing,
        mixup_alpha,
        mixed,
        knowing,
        trust,
        generator,
    )

    def loss_of(chosen: Tensor, size: int) -> Tensor:
        inputs, targets = lessons.batch(chosen, SHOWN)
        network.train()
        with autocast(device):
            logits = network(read(inputs, size))
        return F.cross_entropy(logits.float(), targets)

    if not rate:
        find(optimizer, len(train.labels), batch, epoch_sizes(sizes)[0], loss_of, (1e-3, 1.0))
        return
    run = Run(name, network, optimizer, generator, len(train.labels), batch, epoch_sizes(sizes))
    teach(run, loss_of, lambda: accuracy(network, held.images, held.labels, lambda pixels: read(pixels.float() / 255)))
