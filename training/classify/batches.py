"""What both classifiers are taught with: mixed crops of small pictures, their labels, and what teachers say of them.

Teachers see the very pictures that the pupil sees, mixed as they are, for many epochs (Beyer et al. 2021,
arXiv:2106.05237). Each part of a batch has a teacher of its own, which costs as much as one and teaches their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.augment import colour_jitter, cutmix, mixup, one_hot_smoothed, random_resized_crop
from training.precision import autocast
from training.run import Run
from training.schedule import find_learning_rate

CROPPED = (0.35, 1.0)  # of the picture's area
SHAKEN = 0.3  # brightness and contrast

LossOf = Callable[[Tensor, int], Tensor]  # of a batch's places, at a side in pixels
Teacher = Callable[[Tensor], Tensor]  # (B, 3, S, S) in [0, 1] -> probabilities of the pupil's classes


@dataclass(frozen=True)
class Lessons:
    """Batches of ``images``, (N, 3, 64, 64) uint8, of classes ``labels``, (N,) int64, on the generator's device.

    ``mixed``: the share of the batches with CutMix instead of mixup by ``mixup_alpha`` (0 is off). ``smoothing``: of
    the labels, in [0, 1]. ``trust``: the teachers' share of the target, where there are any.
    """

    images: Tensor
    labels: Tensor
    classes: int
    smoothing: float
    mixup_alpha: float
    mixed: float
    teachers: Sequence[Teacher]
    trust: float
    generator: torch.Generator

    def batch(self, chosen: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """(B, 3, size, size) in [0, 1], channels last, and what is to be said of them: (B, classes)."""
        chosen = chosen.to(self.images.device)
        inputs = random_resized_crop(self.images[chosen].float() / 255, size, CROPPED, self.generator)
        inputs = colour_jitter(inputs, SHAKEN, self.generator)
        targets = one_hot_smoothed(self.labels[chosen], self.classes, self.smoothing)
        if float(torch.rand((), generator=self.generator, device=self.generator.device)) < self.mixed:
            inputs, targets = cutmix(inputs, targets, self.generator)
        else:
            inputs, targets = mixup(inputs, targets, self.mixup_alpha, self.generator)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        return inputs, targets.lerp(opinions(self.teachers, inputs), self.trust) if self.teachers else targets


@torch.no_grad()
def opinions(teachers: Sequence[Teacher], inputs: Tensor) -> Tensor:
    """Of each part of a batch, (B, 3, S, S), what one of the teachers says: (B, classes)."""
    parts = inputs.chunk(len(teachers))
    with autocast(inputs.device):
        return torch.cat([teacher(part) for teacher, part in zip(teachers, parts, strict=False)])


@torch.inference_mode()
def accuracy(network: nn.Module, images: Tensor, targets: Tensor, prepare: Callable[[Tensor], Tensor]) -> float:
    """Top-1 on (N, 3, 64, 64) uint8 pictures of classes ``targets``, (N,), that ``prepare`` makes inputs of."""
    network.eval()
    device = next(network.parameters()).device
    with autocast(device):
        answers = torch.cat([network(prepare(part.to(device))).argmax(1).cpu() for part in images.split(250)])
    return (answers == targets).float().mean().item()


def find(optimizer: Optimizer, count: int, batch: int, size: int, loss_of: LossOf, span: tuple[float, float]) -> None:
    """Print the curve of the learning-rate finder."""
    batches = cycle(torch.randperm(count).split(batch))
    for rate, loss in find_learning_rate(optimizer, lambda: loss_of(next(batches), size), *span):
        print(f"{rate:.2e} {loss:.4f}", flush=True)


def teach(run: Run, loss_of: LossOf, measure: Callable[[], float]) -> None:
    """Descend to the run's end; what ``measure`` finds is in its record every other epoch."""
    for step, size, chosen in run.steps():
        loss = loss_of(chosen, size)
        run.minimize(loss)
        if step % 50 == 0:
            run.log(step, size=size, loss=loss.item())
        if step % (2 * run.steps_per_epoch) == 0 or step == run.total:
            run.log(step, held_out_top1=measure())
