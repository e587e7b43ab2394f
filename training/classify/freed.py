"""Free every dense weight of the branch for small pictures, where adapters can teach it no more."""

from pathlib import Path
from typing import Annotated

import torch
import typer

from training import options
from training.classify.folded import FoldedMobileNetV2
from training.classify.mobilenet import RANK, accuracy, distillation_set, given_network, imagenet_columns, lesson
from training.lowrank import add_adapters, merge_adapters
from training.muon import Groups, Muon
from training.pictures import tiny_imagenet
from training.run import CHECKPOINTS, Run, begin_from
from training.schedule import discriminative_groups, find_rate
from zoo.nets.mobilenet import MobileNetV2

ADAPTED, FREED = CHECKPOINTS / "mobilenet.pt", CHECKPOINTS / "freed.pt"


def adapted_network(data: Path, checkpoint: Path) -> MobileNetV2:
    """What ``mobilenet`` taught the given network, its adapters added to the weights."""
    network = given_network(data)
    add_adapters(network, RANK)
    begin_from(network, checkpoint)
    merge_adapters(network)
    return network


def freed_network(data: Path) -> MobileNetV2:
    """Halfway from where ``freed`` began to its end: better than both (Wortsman et al. 2022, arXiv:2203.05482)."""
    network, ended = adapted_network(data, ADAPTED), adapted_network(data, ADAPTED)
    folded = FoldedMobileNetV2(ended)
    begin_from(folded, FREED)
    folded.restore(ended)
    with torch.no_grad():
        for one, other in zip(network.parameters(), ended.parameters(), strict=True):
            one.lerp_(other, 0.5)
    return network.eval()


def by_kind(network: FoldedMobileNetV2, rate: float, decay: float) -> Groups:
    """Matrices by Muon; biases, and the answers of a thousand classes, by AdamW."""
    groups: Groups = []
    for group in discriminative_groups([*network.blocks, network.last], rate, decay):
        groups.append({**group, "adam": group["params"][0].ndim < 2})  # type: ignore[index]
    return [*groups, {"params": list(network.classifier.parameters()), "lr": rate, "adam": True}]


def freed(
    data: options.Data,
    sizes: options.Sizes = "128,128,128,128,128,128,128,128",
    rate: options.Rate = 5e-4,
    decay: options.Decay = 0.95,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.1,
    batch: Annotated[int, typer.Option(help="Labelled pictures in a batch.")] = 128,
    photos: Annotated[int, typer.Option(help="Shrunken photographs in a batch.")] = 12,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Go on from .checkpoints/mobilenet.pt with all weights; writes .checkpoints/freed.pt.

    The normalisations keep the statistics that they have, folded into the filters.
    """
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    columns = imagenet_columns(train.wnids)
    schedule = [int(size) for size in sizes.split(",")]
    views, opinions = distillation_set(data, given_network(data), max(schedule), seed)
    network = FoldedMobileNetV2(adapted_network(data, ADAPTED))
    begin_from(network, start)
    optimizer = Muon(by_kind(network, rate or 1e-3, decay), lr=rate or 1e-3)
    loss_of = lesson(train, columns, views, opinions, smoothing, mixup_alpha, generator)
    if not rate:
        batches = iter(torch.randperm(len(train.labels), generator=generator).split(batch))
        curve = find_rate(optimizer, lambda: loss_of(network, next(batches), schedule[0], photos), 1e-5, 3e-2)
        for value, loss in curve:
            print(f"{value:.2e} {loss:.4f}", flush=True)
        return
    run = Run("freed", network, optimizer, generator, len(train.labels), batch, schedule)
    for step, size, chosen in run.steps():
        loss = loss_of(network, chosen, size, photos)
        run.descend(loss)
        if step % 50 == 0:
            run.log(step, size=size, loss=loss.item())
        if step % run.per_epoch == 0:
            run.log(step, held_out_top1=accuracy(network, held, columns, 160, 1000))
