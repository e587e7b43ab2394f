"""A ResNet-9 for CIFAR-10, trained as usual or under attack."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.adversarial.cifar import Pictures, cifar10, cut_out, shifted
from training.augment import cutmix, smooth_targets
from training.data_parallel import DataParallel, LossFunction
from training.muon import Muon, split_groups
from training.precision import autocast
from training.run import Run, load_weights
from training.schedule import find_learning_rate
from zoo.core.loading import NormalizedModel
from zoo.exhibits.adversarial.attacks import direction, iterate, random_start
from zoo.nets.resnet9 import ResNet9

ARCHITECTURE = {"num_classes": 10, "stem": 24, "widths": [64, 176, 256]}
MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
EPSILON = 8 / 255
Targets = Callable[[Tensor, Tensor], Tensor]  # pictures in [0, 1] and (B, 10) of what is in them -> what is learnt

Epochs = Annotated[int, typer.Option(help="How often each picture is seen.")]
Batch = Annotated[int, typer.Option(help="Pictures in a batch.")]


def new_network() -> NormalizedModel:
    """Behind its normalisation, so that pixels and perturbations are in [0, 1] here as everywhere."""
    network = ResNet9(**ARCHITECTURE, mirrored=True)  # type: ignore[arg-type]
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return NormalizedModel(network, MEAN, STD).to(memory_format=torch.channels_last)


@torch.inference_mode()
def logits(network: nn.Module, images: Tensor) -> Tensor:
    """(N, 10) for (N, 3, 32, 32) in [0, 1]."""
    network.eval()
    return torch.cat([network(part.to(memory_format=torch.channels_last)) for part in images.split(250)])


def accuracy(network: nn.Module, held: Pictures) -> float:
    return (logits(network, held.images.float() / 255).argmax(1) == held.labels).float().mean().item()


def withstood(network: nn.Module, held: Pictures, count: int = 500) -> float:
    """The share of some held-out pictures still named rightly after ten steps of PGD."""
    places = torch.arange(0, len(held.labels), max(1, len(held.labels) // count))
    clean, labels = held.images[places].float() / 255, held.labels[places]
    network.eval()
    start = random_start(clean, EPSILON, torch.Generator().manual_seed(0))
    (*_, moved) = iterate(partial(direction, network, labels=labels), clean, EPSILON, EPSILON / 4, 10, start)
    return (logits(network, moved).argmax(1) == labels).float().mean().item()


def descent(network: nn.Module, rate: float) -> torch.optim.SGD:
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "lr": rate}, {"params": vectors, "lr": rate, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, momentum=0.9, nesterov=True, weight_decay=5e-4)


def orthogonal_descent(network: nn.Module, rate: float) -> Muon:
    learnt = [each for each in network.parameters() if each.requires_grad]
    return Muon(split_groups([{"params": learnt, "lr": rate}]), lr=rate, momentum=0.8)


@torch.no_grad()
def prepare(network: ResNet9, pictures: Tensor) -> None:
    """Begin as Jordan 2024 (arXiv:2404.00498) does: every layer hands on what it is given, and the stem, which learns
    no more, whitens what (N, 3, H, W) normalised pictures show through each of its filters."""
    for unit in (*network.halving, *network.residual):
        nn.init.dirac_(unit.conv.weight[: unit.conv.in_channels])  # type: ignore[union-attr, index, arg-type]
    seen = F.unfold(pictures, 3).transpose(1, 2).flatten(0, 1)
    eigenvalues, directions = torch.linalg.eigh(seen.T @ seen / len(seen))
    count = network.stem.conv.out_channels // 2
    whitening = (directions / (eigenvalues + 5e-4).sqrt()).T.flip(0)[:count].view(count, 3, 3, 3)
    network.stem.conv.weight.copy_(torch.cat((whitening, -whitening)))
    network.stem.conv.weight.requires_grad_(False)


def learn(
    name: str,
    network: nn.Module,
    train: Pictures,
    loss_of: LossFunction,
    measure: Callable[[], dict[str, float]],
    generator: torch.Generator,
    rate: float,
    epochs: int,
    batch: int,
    optimizer_of: Callable[[nn.Module, float], torch.optim.Optimizer] = descent,
) -> None:
    """Go through the pictures ``epochs`` times into .checkpoints/NAME.pt; a rate of 0 runs the finder instead."""
    optimizer = optimizer_of(network, rate or 0.1)
    if not rate:
        batches = iter(torch.randperm(len(train.labels), generator=generator).split(batch))
        for value, loss in find_learning_rate(optimizer, lambda: loss_of(network, next(batches), generator), 1e-3, 3.0):
            print(f"{value:.2e} {loss:.4f}", flush=True)
        return
    run = Run(name, network, optimizer, generator, len(train.labels), batch, [32] * epochs)
    shares = DataParallel(network, generator)
    for step, _, chosen in run.steps():
        loss = shares.backward(chosen, loss_of)
        run.step()
        if step % 50 == 0:
            run.log(step, loss=loss)
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure())


def begin(data: Path, seed: int, start: Path | None) -> tuple[NormalizedModel, Pictures, Pictures, torch.Generator]:
    """Seeds everything: the network, what is learnt, what is held out, and the source of everything random."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    network = new_network()
    load_weights(network, start)
    return network, *cifar10(data), torch.Generator().manual_seed(seed)


def loss_by(targets: Targets, train: Pictures, cut: int, mixed: float = 0) -> LossFunction:
    """Of pictures moved, mirrored and with a square of up to ``cut`` pixels greyed; a share of them ``mixed``."""

    def loss_of(network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        network.train()
        images = shifted(train.images[chosen].float() / 255, generator)
        images = cut_out(images, cut, generator).to(memory_format=torch.channels_last)
        shown = F.one_hot(train.labels[chosen], 10).float()
        if float(torch.rand((), generator=generator)) < mixed:
            images, shown = cutmix(images, shown, generator)
        with autocast():
            answers = network(images)
        return F.cross_entropy(answers.float(), targets(images, shown))

    return loss_of


def smoothed(amount: float) -> Targets:
    """With ``amount`` of the mass spread evenly (Szegedy et al. 2015, arXiv:1512.00567)."""
    return lambda images, shown: smooth_targets(shown, amount)


def plain(
    data: options.Data,
    epochs: Epochs = 24,
    rate: options.Rate = 0.15,
    smoothing: options.Smoothing = 0.2,
    batch: Batch = 500,
    cut: Annotated[int, typer.Option(help="Side in pixels of the greyed square.")] = 0,
    mixed: Annotated[float, typer.Option(help="Share of the batches whose pictures get a part of another.")] = 0,
    seed: options.Seed = 0,
    start: options.Start = None,
) -> None:
    """Train as usual; writes .checkpoints/cifar-plain.pt, or with a start cifar-plain-second.pt."""
    network, train, held, generator = begin(data, seed, start)
    if not start:
        prepare(network.network, (train.images[:5000].float() / 255 - network.mean) / network.std)  # type: ignore[arg-type]
    loss_of = loss_by(smoothed(smoothing), train, cut, mixed)
    measure = lambda: {"held_out": accuracy(network, held)}  # noqa: E731
    name = "cifar-plain-second" if start else "cifar-plain"
    learn(name, network, train, loss_of, measure, generator, rate, epochs, batch, orthogonal_descent)


def robust(
    data: options.Data,
    epochs: Epochs = 7,
    rate: options.Rate = 0.1,
    batch: Batch = 128,
    seed: options.Seed = 0,
    start: options.Start = None,
) -> None:
    """Train on pictures attacked once from a random start (Wong et al. 2020, arXiv:2001.03994).

    Writes .checkpoints/cifar-robust.pt.
    """
    network, train, held, generator = begin(data, seed, start)

    def loss_of(network: nn.Module, chosen: Tensor, generator: torch.Generator) -> Tensor:
        network.train()
        labels = train.labels[chosen]
        clean = shifted(train.images[chosen].float() / 255, generator).to(memory_format=torch.channels_last)
        begin = random_start(clean, EPSILON, generator)
        (moved,) = iterate(partial(direction, network, labels=labels), clean, EPSILON, 1.25 * EPSILON, 1, begin)
        with autocast():
            answers = network(moved)
        return F.cross_entropy(answers.float(), labels)

    measure = lambda: {"held_out": accuracy(network, held), "pgd10": withstood(network, held)}  # noqa: E731
    learn("cifar-robust", network, train, loss_of, measure, generator, rate, epochs, batch)
