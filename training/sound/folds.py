"""Training on all folds but one, whose accuracy is logged on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from training.run import CHECKPOINTS, Run
from training.schedule import find_learning_rate
from training.sound.clips import FOLDS, Clips, esc50
from training.sound.config import SoundConfig

RANGE_TEST = (1e-5, 3e-2)
LOG_EVERY, MEASURE_EVERY = 20, 4  # steps, epochs


@dataclass(frozen=True)
class Split:
    """Indices of the clips that are trained on and held out; ``generator`` is the source of everything random."""

    clips: Clips
    train: Tensor
    held_out: Tensor
    generator: torch.Generator


def run_name(config_name: str, hold_out: int) -> str:
    """The name of a run's checkpoint: that of its config, and the fold that it holds out.

    >>> run_name("sound-audionet", 0), run_name("sound-audionet", 2)
    ('sound-audionet', 'sound-audionet-fold-2')
    """
    return f"{config_name}-fold-{hold_out}" if hold_out else config_name


def checkpoint_of(config_name: str, hold_out: int) -> Path | None:
    """The checkpoint of another config's run of the same fold; None for an empty name."""
    return CHECKPOINTS / f"{run_name(config_name, hold_out)}.pt" if config_name else None


def prepare(data: Path, config: SoundConfig) -> Split:
    """Seed everything and read the clips."""
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    clips = esc50(data)
    train = clips.indices([fold for fold in FOLDS if fold != config.hold_out])
    return Split(clips, train, clips.indices([config.hold_out]), torch.Generator().manual_seed(config.seed))


def fit(
    name: str,
    split: Split,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch_loss: Callable[[Tensor], Tensor],
    predict: Callable[[Tensor], Tensor],
    config: SoundConfig,
) -> None:
    """Train into .checkpoints/NAME.pt, or run the range test where the learning rate is 0.

    ``batch_loss``: the loss of the clips of these indices. ``predict``: their logits, (N, num_classes).
    """
    network.train()
    if not config.learning_rate:
        order = split.train[torch.randperm(len(split.train), generator=split.generator)]
        batches = iter(order.split(config.batch_size))
        steps = len(order) // config.batch_size
        for rate, loss in find_learning_rate(optimizer, lambda: batch_loss(next(batches)), *RANGE_TEST, steps):
            print(f"{rate:.2e} {loss:.4f}", flush=True)
        return
    run = Run(name, network, optimizer, split.generator, len(split.train), config.batch_size, [0] * config.epochs)
    for step, _, batch in run.steps():
        loss = batch_loss(split.train[batch])
        run.minimize(loss)
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss.item())
        if len(split.held_out) and (step % (MEASURE_EVERY * run.steps_per_epoch) == 0 or step == run.total):
            correct = predict(split.held_out).argmax(1) == split.clips.labels[split.held_out]
            run.log(step, held_out=correct.float().mean().item())
