"""ResNet-18 from scratch on 64-pixel pictures, from labels, later from a teacher as well.

The teacher is our MobileNetV2 (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531), which sees the very
crops that the pupil sees (Beyer et al. 2021, arXiv:2106.05237).
"""

from functools import partial
from itertools import pairwise
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training import options
from training.augment import cutmix, jitter, mixup, random_resized_crop, smooth
from training.classify.mobilenet import imagenet_columns
from training.convolution import as_products
from training.muon import Muon, by_rule
from training.pictures import Pictures, tiny_imagenet
from training.precision import autocast
from training.run import Run, begin_from
from training.schedule import discriminative_groups, find_rate
from training.shares import Shares
from zoo.core.models import load
from zoo.nets.resnet import BasicBlock, ResNet18

TEACHER, TEACHER_SIZE = "mobilenet-v2", 128
ENLARGED = 2  # times, before the pictures reach the filters
SIZES = ",".join(13 * ["96"] + 2 * ["128"])
MEAN, STD = 0.45, 0.25  # of Tiny ImageNet's pixels in [0, 1], rounded


def teacher() -> nn.Module:
    """Our MobileNetV2's branch for small pictures, its normalisations folded into the filters."""
    network = load(TEACHER).network.small.requires_grad_(False).eval()
    for part in network.modules():
        if isinstance(part, nn.Sequential):
            for index, (first, second) in enumerate(pairwise(part)):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    part[index], part[index + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return network.to(memory_format=torch.channels_last)


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Pictures) -> float:
    network.eval()
    hits = []
    for part in pictures.images.split(100):
        larger = F.interpolate((part.float() / 255 - MEAN) / STD, scale_factor=ENLARGED, mode="bilinear")
        with autocast():
            hits.append(network(larger.to(memory_format=torch.channels_last)).argmax(1))
    return (torch.cat(hits) == pictures.labels).float().mean().item()


def initialise(network: nn.Module) -> None:
    """He's initialisation (arXiv:1502.01852), with residual blocks that start as the identity (arXiv:1706.02677)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)


def resnet(
    data: options.Data,
    sizes: options.Sizes = SIZES,
    rate: options.Rate = 0.05,
    decay: options.Decay = 1.0,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.2,
    mixed: Annotated[float, typer.Option(help="Share of the batches with CutMix instead of mixup.")] = 0.5,
    batch: Annotated[int, typer.Option(help="Pictures in a batch.")] = 500,
    trust: Annotated[float, typer.Option(help="The teacher's share of the target.")] = 0.7,
    temperature: Annotated[float, typer.Option(help="Softness of the teacher's opinion.")] = 1.5,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Train the ResNet-18; writes .checkpoints/resnet.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    num_classes, columns, knows = len(train.wnids), imagenet_columns(train.wnids), teacher()

    network = ResNet18(num_classes)
    initialise(network)
    begin_from(network, start)
    as_products(network.to(memory_format=torch.channels_last))
    stem = nn.Sequential(network.conv1, network.bn1)
    layers = [stem, network.layer1, network.layer2, network.layer3, network.layer4, network.fc]
    optimizer = Muon(by_rule(discriminative_groups(layers, rate or 0.1, decay)), lr=rate or 0.1, momentum=0.8)

    def loss_of(size: int, network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        crops = random_resized_crop(train.images[chosen].float() / 255, TEACHER_SIZE, (0.35, 1.0), generator)
        crops = jitter(crops, 0.2, generator).to(memory_format=torch.channels_last)
        targets = smooth(train.labels[chosen], num_classes, smoothing)
        if trust:
            with torch.no_grad(), autocast():
                opinion = knows(crops * 2 - 1)[:, columns]
            targets = targets.lerp((opinion.float() / temperature).softmax(1), trust)
        inputs = F.interpolate(crops, size=(size, size), mode="bilinear")
        if float(torch.rand((), generator=generator)) < mixed:
            inputs, targets = cutmix(inputs, targets, generator)
        else:
            inputs, targets = mixup(inputs, targets, mixup_alpha, generator)
        network.train()
        with autocast():
            logits = network(((inputs - MEAN) / STD).to(memory_format=torch.channels_last))
        return F.cross_entropy(logits.float(), targets)

    if not rate:
        batches = iter(torch.randperm(len(train.labels), generator=generator).split(batch))
        for value, found in find_rate(optimizer, lambda: loss_of(64, network, next(batches), generator), 1e-3, 1.0):
            print(f"{value:.2e} {found:.4f}", flush=True)
        return

    run = Run("resnet", network, optimizer, generator, len(train.labels), batch, [int(s) for s in sizes.split(",")])
    shares = Shares(network, generator)
    for step, size, chosen in run.steps():
        loss = shares.backward(chosen, partial(loss_of, size))
        run.step()
        if step % 50 == 0:
            run.log(step, size=size, loss=loss)
        if step % run.per_epoch == 0:
            run.log(step, held_out_top1=accuracy(network, held))
