"""Train the convolutional network: digits far off and cut by the edge, and what is no digit as an eleventh class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from training.digits.data import CHOICE, TRAINING, Digits, load_digits
from training.digits.negatives import CLASSES, Pool, training_pool
from training.digits.warping import augment, measured_transformations, warp
from training.recipes import RecipeConfig
from training.run import CHECKPOINTS, Run, load_weights
from zoo.nets.digits import INK, Centring, DigitCNN

POOL = 12_000  # pictures of negatives, drawn anew every epoch
LOG_EVERY = 50  # steps
UNKNOWN, TIGHT, CLIPPED = (
    0.1,
    0.06,
    0.3,
)  # of a batch: no edge is given; the picture ends at its ink; a negative is cut too


class DigitConfig(RecipeConfig):
    epochs: int = Field(ge=1, description="Passes over the digits.")
    learning_rate: float = Field(gt=0, description="Peak of the one-cycle policy.")
    weight_decay: float = Field(default=0.02, ge=0, description="Of AdamW.")
    batch_size: int = Field(ge=1, description="Digits in a batch.")
    negatives: int = Field(default=32, ge=1, description="Beside them: letters, scribbles, printed digits and others.")
    label_smoothing: float = Field(default=0.05, ge=0, lt=1, description="Mass spread evenly over the classes.")
    dropout: float = Field(default=0.2, ge=0, lt=1, description="Of the pooled features.")
    init_from: str = Field(
        default="", description="The config whose run gives the first weights; empty for random ones."
    )
    decay: float = Field(default=0.998, gt=0, lt=1, description="Of the moving average of the weights, a step.")


def make_networks(dropout: float = 0.0) -> nn.ModuleDict:
    """``network``, which learns, and ``average``, the moving average of its weights."""
    networks = nn.ModuleDict({"network": DigitCNN(dropout=dropout), "average": DigitCNN(dropout=dropout)})
    networks["average"].load_state_dict(networks["network"].state_dict())
    networks["average"].requires_grad_(False)
    return networks.to(memory_format=torch.channels_last)


def average_of(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The averaged weights in a checkpoint of both networks."""
    return {name.removeprefix("average."): value for name, value in state.items() if name.startswith("average.")}


@torch.no_grad()
def update_average(networks: nn.ModuleDict, decay: float) -> None:
    pairs = zip(networks["average"].state_dict().values(), networks["network"].state_dict().values(), strict=True)
    for average, value in pairs:
        if average.is_floating_point():
            average.lerp_(value, 1 - decay)
        else:
            average.copy_(value)


def vary_edges(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 2, 28, 28): in some pictures the edges are not given, or lie at the ink although nothing was cut."""
    draw = torch.rand(len(pictures), 1, 1, generator=generator)
    ink, outside = pictures[:, 0], pictures[:, 1]
    outside = torch.where(draw < UNKNOWN, 0, outside)
    outside = torch.where(draw > 1 - TIGHT, 1 - _box(ink), outside)
    return torch.stack([ink, outside], 1)


def _box(ink: Tensor) -> Tensor:
    """(B, H, W): 1 inside of the box around the ink."""
    sides = []
    for axis in (2, 1):
        strong = (ink.amax(axis) > INK).float()  # (B, N)
        sides.append(strong.cummax(1).values * strong.flip(1).cummax(1).values.flip(1))
    return sides[0][:, :, None] * sides[1][:, None, :]


def cut_some(negatives: Tensor, edges: Tensor, generator: torch.Generator) -> Tensor:
    """Some of the negatives with the edges of other pictures, beyond which their ink is missing."""
    clipped = torch.rand(len(negatives), 1, 1, 1, generator=generator) < CLIPPED
    outside = torch.where(clipped, edges[:, 1:], negatives[:, 1:])
    return torch.cat([negatives[:, :1] * (1 - outside), outside], 1)


def make_batch(
    digits: Digits, indices: Tensor, pool: Pool, negatives: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """(B, 2, 28, 28) pictures and (B, 11) targets."""
    pictures = Centring()(augment(digits.floats(indices), generator))
    chosen = torch.randint(len(pool.pictures), (negatives,), generator=generator)
    edges = pictures[torch.randint(len(pictures), (negatives,), generator=generator)]
    others = cut_some(pool.pictures[chosen].float(), edges, generator)
    targets = torch.cat([F.one_hot(digits.labels[indices], CLASSES).float(), pool.targets[chosen]])
    return vary_edges(torch.cat([pictures, others]), generator), targets


@torch.inference_mode()
def logits(network: nn.Module, normalised: Tensor) -> Tensor:
    """(N, 11) for (N, 2, 28, 28)."""
    network.eval()
    return torch.cat([network(part.contiguous(memory_format=torch.channels_last)) for part in normalised.split(500)])


def digit_accuracy(network: nn.Module, pictures: Tensor, labels: Tensor) -> float:
    """Of the most probable digit, for ink in [0, 1] of (N, 1, H, W)."""
    normalised = torch.cat([Centring()(part) for part in pictures.split(1000)])
    return (logits(network, normalised)[:, :10].argmax(1) == labels).float().mean().item()


def measure(network: nn.Module, digits: Digits, seed: int = 5) -> dict[str, float]:
    """Accuracy as the pictures are, and under each measured transformation."""
    pictures = digits.floats()
    results = {"accuracy": digit_accuracy(network, pictures, digits.labels)}
    for name, changes in measured_transformations(len(pictures), seed).items():
        results[name] = digit_accuracy(network, warp(pictures, **changes), digits.labels)
    return results


def prepare(config: DigitConfig) -> tuple[nn.ModuleDict, torch.optim.Optimizer, torch.Generator]:
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    networks = make_networks(config.dropout)
    load_weights(networks, CHECKPOINTS / f"{config.init_from}.pt" if config.init_from else None)
    optimizer = torch.optim.AdamW(
        networks["network"].parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    return networks, optimizer, torch.Generator().manual_seed(config.seed)


def train(data: Path, name: str, config: DigitConfig) -> None:
    """Write .checkpoints/NAME.pt; after each epoch the accuracies on the part for choices are logged."""
    digits = load_digits(data)
    training, choice = digits.part(TRAINING), digits.part(CHOICE)
    networks, optimizer, generator = prepare(config)
    run = Run(name, networks, optimizer, generator, len(training.labels), config.batch_size, [28] * config.epochs)
    pool: Any = None
    for step, _, indices in run.steps():
        if pool is None or step % run.steps_per_epoch == 1:
            pool = training_pool(POOL, config.seed + step, training.pictures)
        pictures, targets = make_batch(training, indices, pool, config.negatives, generator)
        networks["network"].train()
        with torch.autocast("cpu", torch.bfloat16):
            scores = networks["network"](pictures.contiguous(memory_format=torch.channels_last)).float()
        loss = F.cross_entropy(scores, targets, label_smoothing=config.label_smoothing)
        run.minimize(loss)
        update_average(networks, min(config.decay, step / (step + 40)))
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure(networks["average"], choice))
