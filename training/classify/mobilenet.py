"""Teach the given ImageNet MobileNetV2 to read small pictures, without touching how it reads large ones.

Private normalisation and depthwise filters and a low-rank adapter on every dense layer learn from labels where there
are some (Tiny ImageNet's 200 classes). For the other 800 classes they learn by self-distillation: on a photograph
that was shrunk, to say what the network says of it at full size (Hinton et al. 2015, arXiv:1503.02531).
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import jitter, mixup, random_resized_crop, smooth
from training.lowrank import add_adapters
from training.pictures import Pictures, imagenet_classes, photographs, tiny_imagenet
from training.run import Run, begin_from
from training.schedule import discriminative_groups, find_rate
from zoo.nets.mobilenet import MobileNetV2

RANK = 32
VIEWS = 16  # crops of each photograph
SOFTNESS = 2.0  # temperature of the distillation


def given_network(data: Path) -> MobileNetV2:
    """MobileNetV2 with the given ImageNet weights, ready to predict."""
    state = torch.load(data / "weights" / "mobilenet_v2_imagenet_fp16.pth", weights_only=True)
    network = MobileNetV2(1000, asymmetric_padding=True)
    network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return network.eval().to(memory_format=torch.channels_last)


def imagenet_columns(wnids: list[str]) -> Tensor:
    """The place of each WordNet id among ImageNet's 1,000 classes."""
    order = {entry["id"]: index for index, entry in enumerate(imagenet_classes())}
    return torch.tensor([order[wnid] for wnid in wnids])


@torch.no_grad()
def shrunken_views(
    photos: list[Tensor], teacher: nn.Module, size: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Crops of photographs shrunk to 40 to 128 px and back to ``size``, with the teacher's logits on the full view.

    Returns (B, 3, size, size) uint8 and (B, 1000) logits.
    """
    pictures, logits = [], []
    for _ in range(VIEWS):
        full = torch.cat([random_resized_crop(photo, 224, (0.25, 1.0), generator) for photo in photos])
        logits += [teacher(part * 2 - 1) for part in full.split(64)]
        for view in full:
            small = int(torch.randint(40, 129, (1,), generator=generator))
            shrunk = F.interpolate(view[None], size=(small, small), mode="bilinear", antialias=True)
            restored = F.interpolate(shrunk, size=(size, size), mode="bicubic").clamp(0, 1)
            pictures.append((restored * 255).round().byte())
    return torch.cat(pictures), torch.cat(logits)


def distillation_set(data: Path, teacher: nn.Module, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """``shrunken_views`` of the photographs that are not held out, computed once."""
    kept = options.CACHE / f"views-{size}-{seed}.pt"
    if not kept.exists():
        trained, _ = photographs(data)
        tensors = [torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None] / 255 for _, photo in trained]
        torch.save(shrunken_views(tensors, teacher, size, torch.Generator().manual_seed(seed)), kept)
    views, logits = torch.load(kept, weights_only=True)
    return views, logits


def enlarge(images: Tensor, size: int) -> Tensor:
    """(B, 3, 64, 64) uint8 -> (B, 3, size, size) in [-1, 1], as the card's preprocessing does."""
    larger = F.interpolate(images.float(), size=(size, size), mode="bicubic", antialias=True).clamp(0, 255)
    return (larger / 127.5 - 1).to(memory_format=torch.channels_last)


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Pictures, columns: Tensor, size: int, limit: int) -> float:
    """Top-1 over all of the network's classes, on the first of ``limit`` pictures spread over the classes."""
    network.eval()
    chosen = torch.arange(len(pictures.labels))[:: max(1, len(pictures.labels) // limit)]
    targets = columns[pictures.labels]
    hits = [network(enlarge(pictures.images[part], size)).argmax(1) == targets[part] for part in chosen.split(100)]
    return torch.cat(hits).float().mean().item()


Lesson = Callable[[nn.Module, Tensor, int, int], Tensor]  # a network, a batch's places, side, photographs -> loss


def lesson(
    train: Pictures,
    columns: Tensor,
    views: Tensor,
    opinions: Tensor,
    smoothing: float,
    mixup_alpha: float,
    generator: torch.Generator,
) -> Lesson:
    """The loss over labelled pictures and, of the shrunken photographs, over as many as asked for."""

    def loss_of(network: nn.Module, chosen: Tensor, size: int, count: int) -> Tensor:
        labelled = random_resized_crop(train.images[chosen].float() / 255, size, (0.35, 1.0), generator)
        targets = smooth(columns[train.labels[chosen]], 1000, smoothing)
        labelled, targets = mixup(jitter(labelled, 0.3, generator), targets, mixup_alpha, generator)
        picked = torch.randint(len(views), (count,), generator=generator)
        unlabelled = F.interpolate(views[picked].float() / 255, size=(size, size), mode="bilinear", antialias=True)
        inputs = torch.cat([labelled, unlabelled]) * 2 - 1
        network.train()
        logits = network(inputs.to(memory_format=torch.channels_last))
        learnt = F.cross_entropy(logits[: len(chosen)], targets, reduction="sum")
        # Softened, the opinion also says of the classes that no photograph shows how likely they are.
        opinion = (opinions[picked] / SOFTNESS).softmax(1)
        said = logits[len(chosen) :] / SOFTNESS
        return (learnt + F.cross_entropy(said, opinion, reduction="sum") * SOFTNESS**2) / len(inputs)

    return loss_of


def mobilenet(
    data: options.Data,
    sizes: options.Sizes = "96,128,144",
    rate: options.Rate = 2e-3,
    decay: options.Decay = 0.95,
    smoothing: options.Smoothing = 0.1,
    mixup_alpha: options.Mixup = 0.0,
    batch: Annotated[int, typer.Option(help="Labelled pictures in a batch.")] = 48,
    photos: Annotated[str, typer.Option(help="Shrunken photographs in a batch, for each epoch.")] = "6,16,8",
    start: options.Start = None,
    seed: options.Seed = 0,
) -> None:
    """Teach the ImageNet network small pictures; writes .checkpoints/mobilenet.pt."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    train, held = tiny_imagenet(data, options.CACHE)
    columns = imagenet_columns(train.wnids)
    teacher = given_network(data)
    schedule = [int(size) for size in sizes.split(",")]
    counts = [int(count) for count in photos.split(",")]
    views, opinions = distillation_set(data, teacher, max(schedule), seed)

    network = copy.deepcopy(teacher)
    add_adapters(network, RANK)
    begin_from(network, start)
    groups = discriminative_groups([*network.features, network.classifier], rate or 1e-3, decay)
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02, betas=(0.9, 0.98))

    loss_of = lesson(train, columns, views, opinions, smoothing, mixup_alpha, generator)

    if not rate:
        batches = iter(torch.randperm(len(train.labels), generator=generator).split(batch))
        next_loss = lambda: loss_of(network, next(batches), schedule[0], counts[0])  # noqa: E731
        for value, loss in find_rate(optimizer, next_loss, 1e-5, 3e-2):
            print(f"{value:.2e} {loss:.4f}", flush=True)
        return

    run = Run("mobilenet", network, optimizer, generator, len(train.labels), batch, schedule)
    for step, size, chosen in run.steps():
        loss = loss_of(network, chosen, size, counts[(step - 1) // run.per_epoch])
        run.descend(loss)
        if step % 100 == 0:
            run.log(step, size=size, loss=loss.item())
        if step % 500 == 0 or step == run.total:
            run.log(step, held_out_top1=accuracy(network, held, columns, size, 2000 if step == run.total else 500))
