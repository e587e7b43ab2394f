"""Teach the given ImageNet MobileNetV2 to read small pictures; the network it was stays beside it for large ones.

It learns from labels where there are some (Tiny ImageNet's 200 classes). For the other 800 classes it learns by
self-distillation: on a photograph that was shrunk, to say what the network says of it at full size (Hinton et al.
2015, arXiv:1503.02531). Later runs learn from earlier ones as well.
"""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import random_resized_crop
from training.classify.batches import Lessons, accuracy, find, teach
from training.classify.networks import given_network, imagenet_columns, teachers_called
from training.pictures import SIDE, photographs, tiny_imagenet
from training.precision import autocast
from training.run import Run, load_weights
from training.schedule import discriminative_groups, epoch_sizes
from zoo.core.device import pick_device

VIEWS = 32  # crops of each photograph
SMALLEST = 40  # side to which photographs are shrunk
SOFTNESS = 2.0  # temperature of the self-distillation
SMALL_SIDE = 192  # to which small pictures are enlarged


@torch.no_grad()
def shrunken_views(
    photos: list[Tensor], teacher: nn.Module, generator: torch.Generator, device: str
) -> tuple[Tensor, Tensor]:
    """Crops of photographs shrunk to 40 to 64 px, with the teacher's logits on the full view.

    Returns (B, 3, 64, 64) uint8 and (B, 1000) logits.
    """
    pictures, logits = [], []
    for _ in range(VIEWS):
        full = torch.cat([random_resized_crop(photo, 224, (0.25, 1.0), generator) for photo in photos])
        logits += [teacher(part.to(device) * 2 - 1).cpu() for part in full.split(64)]
        for view in full:
            small = int(torch.randint(SMALLEST, SIDE + 1, (1,), generator=generator))
            shrunk = F.interpolate(view[None], size=(small, small), mode="bilinear", antialias=True)
            restored = F.interpolate(shrunk, size=(SIDE, SIDE), mode="bicubic").clamp(0, 1)
            pictures.append((restored * 255).round().byte())
    return torch.cat(pictures), torch.cat(logits)


def distillation_set(data: Path, device: str) -> tuple[Tensor, Tensor]:
    """``shrunken_views`` of the photographs that are not held out, computed once."""
    kept = options.CACHE / f"shrunken-{VIEWS}-{SMALLEST}.pt"
    if not kept.exists():
        trained, _ = photographs(data)
        tensors = [torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None] / 255 for _, photo in trained]
        generator = torch.Generator().manual_seed(0)
        written = kept.with_suffix(f".{os.getpid()}")  # several runs may begin at once
        torch.save(shrunken_views(tensors, given_network(data).to(device), generator, device), written)
        written.replace(kept)
    views, logits = torch.load(kept, weights_only=True)
    return views.to(device), logits.to(device)


def enlarge(images: Tensor, size: int) -> Tensor:
    """(B, 3, 64, 64) uint8 -> (B, 3, size, size) in [-1, 1], as the card's preprocessing does."""
    larger = F.interpolate(images.float(), size=(size, size), mode="bilinear")
    return (larger / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def mobilenet(
    data: options.Data,
    name: options.Name = "mobilenet",
    teachers: options.Teachers = "",
    sizes: options.Sizes = "14x160",
    rate: options.Rate = 1e-3,
    decay: options.Decay = 0.95,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.2,
    mixed: options.CutMix = 0.5,
    batch: Annotated[int, typer.Option(help="Labelled pictures in a batch.")] = 512,
    photos: Annotated[int, typer.Option(help="Shrunken photographs in a batch.")] = 48,
    trust: options.TeacherWeight = 0.8,
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Teach the ImageNet network small pictures; writes .checkpoints/NAME.pt."""
    device = pick_device()
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator(device).manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    columns = imagenet_columns(train.wnids)
    views, sight = distillation_set(data, device)
    network = given_network(data).to(device)
    load_weights(network, start)
    layers = [*network.features, network.classifier]
    optimizer = torch.optim.AdamW(discriminative_groups(layers, rate or 1e-3, decay), weight_decay=0.05)
    lessons = Lessons(
        train.images.to(device),
        columns[train.labels].to(device),
        1000,
        smoothing,
        mixup_alpha,
        mixed,
        teachers_called(teachers, data, columns, device),
        trust,
        generator,
    )

    def loss_of(chosen: Tensor, size: int) -> Tensor:
        inputs, targets = lessons.batch(chosen, size)
        picked = torch.randint(len(views), (photos,), generator=generator, device=device)
        network.train()
        with autocast(device):
            logits = network(torch.cat([inputs * 2 - 1, enlarge(views[picked], size)])).float()
        learnt = F.cross_entropy(logits[: len(chosen)], targets, reduction="sum")
        # Softened, the opinion also says of the classes that no photograph shows how likely they are.
        opinion = (sight[picked] / SOFTNESS).softmax(1)
        remembered = F.cross_entropy(logits[len(chosen) :] / SOFTNESS, opinion, reduction="sum") * SOFTNESS**2
        return (learnt + remembered) / len(logits)

    if not rate:
        find(optimizer, len(train.labels), batch, epoch_sizes(sizes)[0], loss_of, (1e-5, 3e-2))
        return
    run = Run(name, network, optimizer, generator, len(train.labels), batch, epoch_sizes(sizes))
    teach(run, loss_of, lambda: accuracy(network, held.images, columns[held.labels], partial(enlarge, size=SMALL_SIDE)))
