"""Training batches of both classifiers: augmented small pictures, with smoothed labels and the outputs of teachers.

The teachers get the same crops as the student, with the same mixup or CutMix, for many epochs (Beyer et al. 2021,
arXiv:2106.05237). It departs from the paper in that each part of a batch has another teacher: several cost as much as
one, and the student learns their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.augment import colour_jitter, cutmix, mixup, one_hot_smoothed, random_resized_crop
from training.classify.config import ClassifierConfig
from training.precision import autocast
from training.run import Run
from training.schedule import epoch_sizes, find_learning_rate

CROP_SCALE = (0.35, 1.0)  # fraction of the picture's area
JITTER = 0.3  # of brightness and contrast

BatchLoss = Callable[[Tensor, int], Tensor]  # from the indices of a batch and an input size to the loss
Teacher = Callable[[Tensor], Tensor]  # (B, 3, S, S) in [0, 1] -> probabilities (B, num_classes)


@dataclass(frozen=True)
class TrainingBatches:
    """Batches of ``images``, (N, 3, 64, 64) uint8, of classes ``labels``, (N,) int64, on the generator's device."""

    images: Tensor
    labels: Tensor
    num_classes: int
    config: ClassifierConfig
    teachers: Sequence[Teacher]
    generator: torch.Generator

    def batch(self, indices: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """(inputs (B, 3, size, size) in [0, 1], channels last; target distributions (B, num_classes))."""
        config, generator = self.config, self.generator
        indices = indices.to(self.images.device)
        inputs = random_resized_crop(self.images[indices].float() / 255, size, CROP_SCALE, generator)
        inputs = colour_jitter(inputs, JITTER, generator)
        targets = one_hot_smoothed(self.labels[indices], self.num_classes, config.label_smoothing)
        if float(torch.rand((), generator=generator, device=generator.device)) < config.cutmix_probability:
            inputs, targets = cutmix(inputs, targets, generator)
        else:
            inputs, targets = mixup(inputs, targets, config.mixup_alpha, generator)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        if self.teachers:
            targets = targets.lerp(teacher_probabilities(self.teachers, inputs), config.teacher_weight)
        return inputs, targets


@torch.no_grad()
def teacher_probabilities(teachers: Sequence[Teacher], inputs: Tensor) -> Tensor:
    """(B, 3, S, S) -> (B, num_classes): each teacher's output for its part of the batch."""
    parts = inputs.chunk(len(teachers))
    with autocast(inputs.device):
        return torch.cat([teacher(part) for teacher, part in zip(teachers, parts, strict=False)])


@torch.inference_mode()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor, prepare: Callable[[Tensor], Tensor]) -> float:
    """Top-1 accuracy on (N, 3, 64, 64) uint8 pictures of classes ``labels``, (N,). ``prepare``: to the input."""
    network.eval()
    device = next(network.parameters()).device
    with autocast(device):
        predicted = torch.cat([network(prepare(part.to(device))).argmax(1).cpu() for part in images.split(250)])
    return (predicted == labels).float().mean().item()


def print_range_test(
    optimizer: Optimizer, n_samples: int, config: ClassifierConfig, batch_loss: BatchLoss, span: tuple[float, float]
) -> None:
    """Print the curve of the learning-rate range test between the two rates of ``span``."""
    batches = cycle(torch.randperm(n_samples).split(config.batch_size))
    size = epoch_sizes(config.sizes)[0]
    for rate, loss in find_learning_rate(optimizer, lambda: batch_loss(next(batches), size), *span):
        print(f"{rate:.2e} {loss:.4f}", flush=True)


def fit(run: Run, batch_loss: BatchLoss, validate: Callable[[], float]) -> None:
    """Train to the run's end; the accuracy that ``validate`` returns is logged every other epoch."""
    for step, size, indices in run.steps():
        loss = batch_loss(indices, size)
        run.minimize(loss)
        if step % 50 == 0:
            run.log(step, size=size, loss=loss.item())
        if step % (2 * run.steps_per_epoch) == 0 or step == run.total:
            run.log(step, held_out_top1=validate())
