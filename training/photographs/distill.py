"""The recipe: the same random crops and mixup for teacher and student (Beyer et al. 2021, arXiv:2106.05237)."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pydantic import Field
from torch import Tensor, nn

from training.augment import colour_jitter, mixup
from training.classify.networks import given_network, imagenet_indices, initial_checkpoint
from training.muon import Muon, split_groups
from training.photographs.packed import PackedPhotographs, endless_order, load_packed
from training.photographs.splits import held_out_photographs
from training.photographs.student import (
    Student,
    distillation_loss,
    fold_batch_norm,
    regress_head,
    student_input,
    teacher_outputs,
)
from training.pictures import Photograph
from training.precision import autocast
from training.recipes import RecipeConfig
from training.run import Run, load_weights
from training.schedule import discriminative_groups, epoch_sizes, trapezoid
from zoo.core.device import pick_device
from zoo.core.loading import NormalizedModel, load
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18

START = "resnet-18"  # the bundled model whose filters a first run starts from
HEAD_BATCHES = 24  # of the regression of the first last layer
CHECKPOINT_EVERY = 20  # steps
JITTER = 0.2  # of brightness and contrast


class PhotographsConfig(RecipeConfig):
    sizes: str = Field(description="The student's input size in pixels of each epoch, as 2x96,128.")
    teacher_size: int = Field(default=160, ge=64, description="The teacher's input size: crops have it.")
    samples_per_epoch: int = Field(default=6400, gt=0, description="Photographs between two validations.")
    batch_size: int = Field(default=160, gt=0, description="Photographs in a batch.")
    most_per_source: int = Field(default=8000, gt=0, description="Photographs of one source at most.")
    learning_rate: float = Field(default=0.03, gt=0, description="Peak rate of the filters.")
    smallest_crop: float = Field(default=0.35, gt=0, le=1, description="Least fraction of a photograph's area.")
    mixup_alpha: float = Field(default=0.2, ge=0, description="Parameter of mixup's beta distribution; 0 is off.")
    temperature: float = Field(default=1.0, gt=0, description="Divisor of the logits in the loss.")
    map_weight: float = Field(default=1.0, ge=0, description="Weight of the feature maps' errors.")
    freeze: bool = Field(default=False, description="Whether the stem and the first stage keep their filters.")
    init_from: str = Field(default="", description="The run whose weights this one starts from.")


def train(data: Path, name: str, config: PhotographsConfig) -> None:
    """Write .checkpoints/NAME.pt. ``data``: photographs/, images/ and weights/ as training/README.md describes."""
    device = pick_device()
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed)
    packed = load_packed(data, config.most_per_source)
    teacher = fold_batch_norm(given_network(data)).requires_grad_(False).to(device)
    sizes = epoch_sizes(config.sizes)
    student = Student()
    load_weights(student, initial_checkpoint(config.init_from))
    if config.freeze:
        student.freeze_first_stages()
    student.to(device, memory_format=torch.channels_last)
    order = partial(endless_order, len(packed.images), config.samples_per_epoch)
    run = Run(
        name,
        student,
        optimizer_of(student, config),
        generator,
        config.samples_per_epoch,
        config.batch_size,
        sizes,
        order,
        trapezoid,
    )
    run.checkpoint_every = CHECKPOINT_EVERY
    if not config.init_from and not run.first_step:
        start_from_bundled(student, teacher, packed, config, sizes[0])
    fit(run, student, teacher, packed, config, held_out_photographs(data)[0])


def optimizer_of(student: Student, config: PhotographsConfig) -> Muon:
    """Muon with one rate for all filters."""
    groups = discriminative_groups([student], config.learning_rate, 1.0)
    return Muon(split_groups(groups), lr=config.learning_rate, momentum=0.8)


def start_from_bundled(
    student: Student, teacher: MobileNetV2, packed: PackedPhotographs, config: PhotographsConfig, size: int
) -> None:
    """The filters of the bundled network of 200 classes, and a last layer by regression on the first photographs."""
    module = load(START)
    assert isinstance(module, NormalizedModel)
    state = {key: value for key, value in module.network.state_dict().items() if not key.startswith("fc.")}
    student.network.load_state_dict(state, strict=False)
    generator = torch.Generator().manual_seed(config.seed)
    device = next(student.parameters()).device
    indices = endless_order(len(packed.images), HEAD_BATCHES * config.batch_size, 0).split(config.batch_size)
    batches = (packed.crops(part, config.teacher_size, config.smallest_crop, generator).to(device) for part in indices)
    regress_head(student, teacher, batches, size)


def fit(
    run: Run,
    student: Student,
    teacher: MobileNetV2,
    packed: PackedPhotographs,
    config: PhotographsConfig,
    chosen: list[Photograph],
) -> None:
    """Train to the run's end; after each epoch the accuracy on the photographs to choose by is logged."""
    device = next(student.parameters()).device
    if not run.first_step:
        run.log(0, **validate(student.network, chosen, run.sizes[0]))
    for step, size, indices in run.steps():
        pixels = packed.crops(indices, config.teacher_size, config.smallest_crop, run.generator).to(device)
        pixels = augmented(pixels, config, run.generator)
        target = teacher_outputs(teacher, pixels)
        student.train()
        with autocast(device):
            outputs = student(student_input(pixels, size))
        loss = distillation_loss(outputs, target, config.temperature, config.map_weight)
        run.minimize(loss)
        if step % 20 == 0:
            agreement = (outputs.logits.argmax(1) == target.logits.argmax(1)).float().mean().item()
            run.log(step, size=size, loss=loss.item(), agreement=agreement)
        if step % run.steps_per_epoch == 0 or step == run.total:
            run.log(step, **validate(student.network, chosen, size))


def augmented(pixels: Tensor, config: PhotographsConfig, generator: torch.Generator) -> Tensor:
    """(B, 3, S, S) in [0, 1]: other brightness and contrast, and mixup, whose targets are the teacher's."""
    pixels = colour_jitter(pixels, JITTER, generator)
    no_labels = pixels.new_zeros(len(pixels), 2)
    mixed, _ = mixup(pixels, no_labels, config.mixup_alpha, generator)
    return mixed.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def validate(network: ResNet18, photos: list[Photograph], size: int) -> dict[str, float]:
    """Top-1 and top-5 accuracy on labelled photographs, centre crops of ``size`` pixels."""
    network.eval()
    logits = network_logits(network, photos, size)
    targets = imagenet_indices([wnid for wnid, _ in photos])
    best = logits.topk(5).indices.cpu() == targets[:, None]
    return {"held_out_top1": best[:, 0].float().mean().item(), "held_out_top5": best.any(1).float().mean().item()}


def network_logits(network: nn.Module, photos: list[Photograph], size: int) -> Tensor:
    """(N, num_classes) for the centre squares of photographs, shrunk to ``size`` pixels."""
    device = next(network.parameters()).device
    pixels = torch.stack([centre_square(photo, size) for _, photo in photos])
    with autocast(device):
        parts = [network(student_input(part.to(device), size)).float() for part in pixels.split(65)]
    return torch.cat(parts)


def centre_square(picture: Image.Image, size: int) -> Tensor:
    """(3, size, size) in [0, 1]: seven eighths of the short side."""
    side = 0.875 * min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    square = picture.resize((size, size), box=(left, top, left + side, top + side))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255
