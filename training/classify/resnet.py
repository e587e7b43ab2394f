"""ResNet-18 from scratch on 64-pixel pictures, from labels, later from a teacher as well.

The teacher is our MobileNetV2, asked once per picture (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531).
"""

from functools import partial
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import jitter, mixup, random_resized_crop, smooth
from training.classify.mobilenet import enlarge, imagenet_columns
from training.convolution import as_products
from training.muon import Muon, by_rule
from training.pictures import Pictures, tiny_imagenet
from training.precision import autocast
from training.run import Run, begin_from
from training.schedule import discriminative_groups, find_rate
from training.shares import Shares
from zoo.core.models import load
from zoo.nets.resnet import BasicBlock, ResNet18

TEACHER, TEACHER_SIZE = "mobilenet-v2", 112
SIZES = ",".join(17 * ["48"] + 11 * ["64"])
MEAN, STD = 0.45, 0.25  # of Tiny ImageNet's pixels in [0, 1], rounded


@torch.inference_mode()
def teacher_logits(pictures: Pictures) -> Tensor:
    """(N, classes) over the pictures' own classes, computed once."""
    kept = options.CACHE / "teacher-logits.pt"
    if not kept.exists():
        teacher, columns = load(TEACHER).eval(), imagenet_columns(pictures.wnids)
        asked = []
        for part in pictures.images.split(100):
            with autocast():
                said = teacher((enlarge(part, TEACHER_SIZE) + 1) / 2)
            asked.append(said[:, columns].half())
        torch.save(torch.cat(asked), kept)
    logits: Tensor = torch.load(kept, weights_only=True)
    return logits


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Pictures) -> float:
    network.eval()
    hits = [
        network(((part.float() / 255 - MEAN) / STD).to(memory_format=torch.channels_last)).argmax(1)
        for part in pictures.images.split(100)
    ]
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
    rate: options.Rate = 0.055,
    decay: options.Decay = 1.0,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.2,
    batch: Annotated[int, typer.Option(help="Pictures in a batch.")] = 500,
    trust: Annotated[float, typer.Option(help="The teacher's share of the target.")] = 0.6,
    temperature: Annotated[float, typer.Option(help="Softness of the teacher's opinion.")] = 1.5,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Train the ResNet-18; writes .checkpoints/resnet.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    opinions = teacher_logits(train) if trust else torch.empty(0)
    num_classes = len(train.wnids)

    network = ResNet18(num_classes)
    initialise(network)
    begin_from(network, start)
    as_products(network.to(memory_format=torch.channels_last))
    stem = nn.Sequential(network.conv1, network.bn1)
    layers = [stem, network.layer1, network.layer2, network.layer3, network.layer4, network.fc]
    optimizer = Muon(by_rule(discriminative_groups(layers, rate or 0.1, decay)), lr=rate or 0.1, momentum=0.8)

    def loss_of(size: int, network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        inputs = random_resized_crop(train.images[chosen].float() / 255, size, (0.35, 1.0), generator)
        targets = smooth(train.labels[chosen], num_classes, smoothing)
        if trust:
            targets = targets.lerp((opinions[chosen].float() / temperature).softmax(1), trust)
        inputs, targets = mixup(jitter(inputs, 0.2, generator), targets, mixup_alpha, generator)
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
