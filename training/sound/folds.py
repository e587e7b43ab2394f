"""Training on all folds but one, which is measured on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import torch
import typer
from torch import Tensor, nn

from training import options
from training.run import Run
from training.schedule import find_learning_rate
from training.sound.clips import FOLDS, Clips, esc50

HoldOut = Annotated[int, typer.Option(help="The fold, 1 to 4, that is not trained on but measured; 0: none.")]
Epochs = Annotated[int, typer.Option(help="How often each clip is heard.")]
Batch = Annotated[int, typer.Option(help="Clips in a batch: few, since few clips make few steps.")]


@dataclass(frozen=True)
class Task:
    """What one training is about; ``generator`` is the source of everything random in it."""

    clips: Clips
    train: Tensor
    held: Tensor
    generator: torch.Generator


def begin(data: options.Data, hold_out: int, seed: int) -> Task:
    """Seeds everything and reads the clips."""
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    clips = esc50(data)
    train, held = clips.places([fold for fold in FOLDS if fold != hold_out]), clips.places([hold_out])
    return Task(clips, train, held, torch.Generator().manual_seed(seed))


def learn(
    name: str,
    task: Task,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_of: Callable[[Tensor], Tensor],
    logits_of: Callable[[Tensor], Tensor],
    epochs: int,
    batch: int,
    find: bool,
) -> None:
    """Go through the clips ``epochs`` times into .checkpoints/NAME.pt, or ``find`` the rate instead.

    ``loss_of`` and ``logits_of`` take places among the clips.
    """
    network.train()
    if find:
        order = task.train[torch.randperm(len(task.train), generator=task.generator)]
        batches = iter(order.split(batch))
        for rate, loss in find_learning_rate(
            optimizer, lambda: loss_of(next(batches)), 1e-5, 3e-2, len(order) // batch
        ):
            print(f"{rate:.2e} {loss:.4f}", flush=True)
        return
    run = Run(name, network, optimizer, task.generator, len(task.train), batch, [0] * epochs)
    for step, _, chosen in run.steps():
        loss = loss_of(task.train[chosen])
        run.minimize(loss)
        if step % 20 == 0:
            run.log(step, loss=loss.item())
        if len(task.held) and (step % (4 * run.steps_per_epoch) == 0 or step == run.total):
            right = logits_of(task.held).argmax(1) == task.clips.labels[task.held]
            run.log(step, held_out=right.float().mean().item())
