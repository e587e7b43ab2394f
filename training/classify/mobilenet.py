"""Fine-tune the given ImageNet MobileNetV2 on small pictures; it becomes the branch for them in the bundled model.

The 200 classes of Tiny ImageNet have labels. For the other 800 it learns by self-distillation: from a photograph shrunk
to 40 to 64 pixels, the logits that the given network has for the whole photograph (Hinton et al. 2015,
arXiv:1503.02531). Later runs also learn from earlier ones.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training import options
from training.augment import random_resized_crop
from training.classify.batches import TrainingBatches, accuracy, fit, print_range_test
from training.classify.config import MobileNetConfig
from training.classify.networks import given_network, imagenet_indices, initial_checkpoint, load_teachers
from training.pictures import SIDE, photographs, tiny_imagenet
from training.precision import autocast
from training.run import Run, load_weights
from training.schedule import discriminative_groups, epoch_sizes
from zoo.core.device import pick_device

VIEWS = 32  # crops of each photograph
MIN_SIDE = 40  # of the shrunken photographs
TEMPERATURE = 2.0  # of the self-distillation
INPUT_SIZE = 192  # to which small pictures are resized
RANGE_TEST = (1e-5, 3e-2)


@torch.no_grad()
def shrunken_views(
    photos: list[Tensor], teacher: nn.Module, generator: torch.Generator, device: str
) -> tuple[Tensor, Tensor]:
    """Crops of photographs, (1, 3, H, W) in [0, 1], shrunk to 40 to 64 px, and the teacher's logits for the full crops.

    Returns (N, 3, 64, 64) uint8 and (N, 1000).
    """
    pictures, logits = [], []
    for _ in range(VIEWS):
        full = torch.cat([random_resized_crop(photo, 224, (0.25, 1.0), generator) for photo in photos])
        logits += [teacher(part.to(device) * 2 - 1).cpu() for part in full.split(64)]
        for view in full:
            side = int(torch.randint(MIN_SIDE, SIDE + 1, (1,), generator=generator))
            shrunk = F.interpolate(view[None], size=(side, side), mode="bilinear", antialias=True)
            restored = F.interpolate(shrunk, size=(SIDE, SIDE), mode="bicubic").clamp(0, 1)
            pictures.append((restored * 255).round().byte())
    return torch.cat(pictures), torch.cat(logits)


def distillation_set(data: Path, device: str) -> tuple[Tensor, Tensor]:
    """``shrunken_views`` of the photographs that are not held out, cached on disk."""
    cached = options.CACHE / f"shrunken-{VIEWS}-{MIN_SIDE}.pt"
    if not cached.exists():
        train, _ = photographs(data)
        tensors = [torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None] / 255 for _, photo in train]
        generator = torch.Generator().manual_seed(0)
        partial_file = cached.with_suffix(f".{os.getpid()}")  # several runs may start at once
        torch.save(shrunken_views(tensors, given_network(data).to(device), generator, device), partial_file)
        partial_file.replace(cached)
    views, logits = torch.load(cached, weights_only=True)
    return views.to(device), logits.to(device)


def mobilenet_input(images: Tensor, size: int) -> Tensor:
    """(B, 3, 64, 64) uint8 -> (B, 3, size, size) in [-1, 1], as the card's preprocessing does."""
    resized = F.interpolate(images.float(), size=(size, size), mode="bilinear")
    return (resized / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def train(data: Path, name: str, config: MobileNetConfig) -> None:
    """Write .checkpoints/NAME.pt. ``data``: images/ and weights/ as training/README.md describes."""
    device = pick_device()
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    generator = torch.Generator(device).manual_seed(config.seed)
    labelled, held_out = tiny_imagenet(data, options.CACHE)
    imagenet = imagenet_indices(labelled.wnids)
    views, view_logits = distillation_set(data, device)
    network = given_network(data).to(device)
    load_weights(network, initial_checkpoint(config.init_from))
    groups = discriminative_groups(
        [*network.features, network.classifier], config.learning_rate or 1e-3, config.layer_decay
    )
    optimizer = torch.optim.AdamW(groups, weight_decay=0.05)
    teachers = load_teachers(config.teachers, data, imagenet, device)
    images, labels = labelled.images.to(device), imagenet[labelled.labels].to(device)
    batches = TrainingBatches(images, labels, 1000, config, teachers, generator)

    def batch_loss(indices: Tensor, size: int) -> Tensor:
        inputs, targets = batches.batch(indices, size)
        sampled = torch.randint(len(views), (config.photo_batch_size,), generator=generator, device=device)
        network.train()
        with autocast(device):
            logits = network(torch.cat([inputs * 2 - 1, mobilenet_input(views[sampled], size)])).float()
        return combined_loss(logits, targets, view_logits[sampled])

    n_samples = len(labelled.labels)
    if not config.learning_rate:
        print_range_test(optimizer, n_samples, config, batch_loss, RANGE_TEST)
        return
    run = Run(name, network, optimizer, generator, n_samples, config.batch_size, epoch_sizes(config.sizes))
    prepare = partial(mobilenet_input, size=INPUT_SIZE)
    fit(run, batch_loss, lambda: accuracy(network, held_out.images, imagenet[held_out.labels], prepare))


def combined_loss(logits: Tensor, targets: Tensor, teacher_logits: Tensor) -> Tensor:
    """The mean loss of a batch: cross-entropy of the first samples, self-distillation of the shrunken photographs.

    ``logits``: (B + P, C); ``targets``: distributions (B, C); ``teacher_logits``: (P, C).
    """
    count = len(targets)
    labelled = F.cross_entropy(logits[:count], targets, reduction="sum")
    # At a temperature above 1, the teacher's distribution also ranks the classes that no photograph is of.
    soft_targets = (teacher_logits / TEMPERATURE).softmax(1)
    distilled = F.cross_entropy(logits[count:] / TEMPERATURE, soft_targets, reduction="sum") * TEMPERATURE**2
    return (labelled + distilled) / len(logits)
