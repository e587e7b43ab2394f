"""Training of all layers: Adam with discriminative rates (Howard and Ruder 2018, arXiv:1801.06146), as one cycle.

Batch normalization keeps its statistics: batches are computed in small parts, of which each takes a tenth of a second,
so that others have their turn in between.
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Steps
from zoo.exhibits.train.backbones import Backbone, rounded
from zoo.exhibits.train.datasets import Dataset, Item
from zoo.exhibits.train.features import BatchSize
from zoo.exhibits.train.heads import Adam, Head, smoothed
from zoo.exhibits.train.knobs import TrainKnobs
from zoo.exhibits.train.learning_rates import one_cycle
from zoo.exhibits.train.transforms import build as build_transforms
from zoo.exhibits.train.transforms import build_mixing
from zoo.nets import build
from zoo.nets.classifiers import TwoBranchMobileNetV2

BATCH = 16
FIRST_LAYERS = 0.1  # the rate of the first layers, as a part of that of the last
WEIGHT_DECAY = 0.01
SMALLEST = 0.7  # of the size that progressive size begins with
MAX_NORM = 1.0  # of the gradient of a batch


class FineTuning:
    """A classifier in training, from a backbone and a head on. Made and used on the worker alone."""

    def __init__(self, backbone: Backbone, head: Head, knobs: TrainKnobs, total_epochs: int, batches: int, seed: int):
        self.backbone, self.knobs, self.classes = backbone, knobs, len(head.bias)
        self.network = backbone.classifier(head.weight, head.bias)
        self.network = self.network.to(memory_format=torch.channels_last).requires_grad_(True)
        decay = knobs.weight_decay or WEIGHT_DECAY
        self.optimizers = [(Adam(parameter, decay), scale) for parameter, scale in scaled_parameters(self.network)]
        self.generator = torch.Generator().manual_seed(seed)
        self.total_epochs, self.total_steps, self.done = total_epochs, total_epochs * batches, 0
        self.mixing = build_mixing(knobs, self.classes)
        self.precision = faster_precision(self.network, backbone.device)
        self._loss = 0.0

    def size(self, epoch: int) -> int:
        """Pixels of the input in an epoch, counted from 0: a multiple of 32, whole from the middle on."""
        whole = self.backbone.view.crop
        part = min(1.0, SMALLEST + (1 - SMALLEST) * epoch / max(1, self.total_epochs / 2))
        return whole if not self.knobs.progressive_size else max(32, min(whole, round(whole * part / 32) * 32))

    def batches(self, count: int) -> list[list[int]]:
        """The batches of one epoch in a random order, as indices."""
        order = torch.randperm(count, generator=self.generator).tolist()
        return [order[start : start + BATCH] for start in range(0, count, BATCH)]

    def augmented(self, pictures: Sequence[Image.Image], size: int) -> Tensor:
        """(B, 3, size, size) in [0, 1], each changed at random."""
        seed = int(torch.randint(2**31, (1,), generator=self.generator))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            transform = build_transforms(self.knobs, size)
            return torch.stack([torch.as_tensor(transform(picture)) for picture in pictures]).float() / 255

    def targets(self, pixels: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels and targets (B, K) of a batch: mixed where mixup or CutMix is on, and smoothed."""
        smoothing = self.knobs.label_smoothing
        if self.mixing is None:
            return pixels, smoothed(labels, self.classes, smoothing)
        seed = int(torch.randint(2**31, (1,), generator=self.generator))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            mixed, targets = self.mixing(pixels, labels)
        return mixed, targets * (1 - smoothing) + smoothing / self.classes

    def accumulate(self, pixels: Tensor, targets: Tensor, whole: int) -> None:
        """Add the gradient of a part of a batch of ``whole`` pictures."""
        inputs, targets = self.backbone.normalized(pixels), targets.to(self.backbone.device)
        with torch.autocast(inputs.device.type, self.precision or torch.bfloat16, enabled=self.precision is not None):
            logits = self.network(inputs)
        loss = F.cross_entropy(logits.float(), targets, reduction="sum") / whole
        loss.backward()  # type: ignore[no-untyped-call]  # the network is this training's own
        self._loss += float(loss.detach())

    def update(self) -> float:
        """Update the weights with the gradient of the batch; its loss in nats."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        rate = one_cycle(self.done, self.total_steps, self.knobs.fine_tune_rate)
        with torch.no_grad():
            for optimizer, scale in self.optimizers:
                if optimizer.parameter.grad is not None:
                    optimizer.step(optimizer.parameter.grad, rate * scale)
                    optimizer.parameter.grad = None
        self.done += 1
        loss, self._loss = self._loss, 0.0
        return loss

    def snapshot(self) -> nn.Module:
        """A copy of the network as it would be saved."""
        tensors = {name: rounded(tensor) for name, tensor in self.network.state_dict().items()}
        copied = build({**self.backbone.architecture, "num_classes": self.classes}, tensors)
        copied = copied.to(memory_format=torch.channels_last).to(self.backbone.device)
        return copied.eval().requires_grad_(False)


def epoch_of(
    training: FineTuning, dataset: Dataset, items: Sequence[Item], labels: Tensor, number: int
) -> Steps[float]:
    """Train one epoch, counted from 0; its mean loss in nats. Its steps take about a tenth of a second each."""
    run, size, losses = get_runtime().run, training.size(number), []
    parts = BatchSize(start=2, most=BATCH)
    for batch in training.batches(len(items)):
        pixels = []
        for index in batch:
            pixels.append(training.augmented([dataset.picture(items[index].id)], size))
            if len(pixels) % 4 == 0:
                yield PAUSE
        mixed, targets = training.targets(torch.cat(pixels), labels[batch])
        done = 0
        while done < len(batch):
            part, start = slice(done, done + parts.value), time.perf_counter()
            run(partial(training.accumulate, mixed[part], targets[part], len(batch)))
            done += parts.value
            parts.update(time.perf_counter() - start)
            yield PAUSE
        losses.append(run(training.update))
    return sum(losses) / len(losses)


def logits_of(network: nn.Module, backbone: Backbone, dataset: Dataset, items: Sequence[Item]) -> Steps[Tensor]:
    """(N, K) logits of items as Classify computes them, in steps of some pictures."""
    size, rows, done = BatchSize(), [torch.zeros(0)], 0
    while done < len(items):
        batch, start = items[done : done + size.value], time.perf_counter()
        pixels = torch.from_numpy(backbone.pixels([dataset.picture(item.id) for item in batch]))
        rows.append(get_runtime().run(partial(_logits, network, backbone, pixels)))
        done += len(batch)
        size.update(time.perf_counter() - start)
        yield PAUSE
    return torch.cat(rows[1:]) if len(rows) > 1 else torch.zeros(0, 0)


def _logits(network: nn.Module, backbone: Backbone, pixels: Tensor) -> Tensor:
    with torch.no_grad():
        logits: Tensor = network(backbone.normalized(pixels))
        return logits.float().cpu()


def scaled_parameters(network: nn.Module) -> Iterator[tuple[Tensor, float]]:
    """Parameters with the scale of their rate: from ``FIRST_LAYERS`` for the first ones to 1 for the last ones."""
    two = isinstance(network, TwoBranchMobileNetV2)
    chains = list(network.children()) if two else [network]
    for chain in chains:
        parameters = list(chain.parameters())
        for index, parameter in enumerate(parameters):
            position = 1.0 if len(parameters) <= 2 else index / (len(parameters) - 1)
            yield parameter, FIRST_LAYERS ** (1 - position)


def faster_precision(network: nn.Module, device: torch.device) -> torch.dtype | None:
    """bfloat16 where it is faster, else None: single precision.

    On a CPU that is where it has instructions for it, and only for networks of dense convolutions: ResNet-18 trains 1.9
    times as fast then, MobileNetV2, whose convolutions are depthwise, at half the speed.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else None
    known = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    dense = all(module.groups == 1 for module in network.modules() if isinstance(module, nn.Conv2d))
    return torch.bfloat16 if device.type == "cpu" and dense and known is not None and known() else None
