"""A training run that can be interrupted: epochs of batches, one-cycle, a log with the time left, a checkpoint."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.schedule import one_cycle

CHECKPOINTS = Path(".checkpoints")
EVERY = 100  # steps between checkpoints


def begin_from(network: nn.Module, checkpoint: Path | None) -> None:
    """Load the weights alone: a new cycle of rates starts where an earlier one came to rest."""
    if checkpoint:
        network.load_state_dict(torch.load(checkpoint, weights_only=True)["network"])


class Run:
    """Goes on from ``.checkpoints/NAME.pt`` where there is one: delete the file to start afresh."""

    def __init__(
        self,
        name: str,
        network: nn.Module,
        optimizer: Optimizer,
        generator: torch.Generator,
        pictures: int,
        batch: int,
        sizes: list[int],
    ) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self.pictures, self.batch, self.sizes = pictures, batch, sizes
        self.per_epoch = pictures // batch
        self.total = self.per_epoch * len(sizes)
        self.cycle = one_cycle(optimizer, self.total)
        CHECKPOINTS.mkdir(exist_ok=True)
        self.checkpoint, self.record = CHECKPOINTS / f"{name}.pt", CHECKPOINTS / f"{name}.jsonl"
        self.first = 0
        if self.checkpoint.exists():
            self._restore()
        self.start = time.monotonic()

    def steps(self) -> Iterator[tuple[int, int, Tensor]]:
        """(step from 1, side in pixels, indices of the batch); a checkpoint every hundred steps and at the end."""
        for step in range(self.first, self.total):
            epoch, place = divmod(step, self.per_epoch)
            order = torch.randperm(self.pictures, generator=torch.Generator().manual_seed(epoch))
            yield step + 1, self.sizes[epoch], order[place * self.batch : (place + 1) * self.batch]
            if (step + 1) % EVERY == 0 or step + 1 == self.total:
                self._save(step + 1)

    def descend(self, loss: Tensor) -> None:
        """One step of the optimizer, gradients clipped to a norm of 5, and of the rate."""
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.cycle.step()

    def log(self, step: int, **values: float) -> None:
        """One JSON line, on screen and in the record, with the minutes left."""
        elapsed = time.monotonic() - self.start
        left = elapsed / max(step - self.first, 1) * (self.total - step)
        record = {"step": step, "of": self.total, **{name: round(value, 4) for name, value in values.items()}}
        line = json.dumps({**record, "minutes": round(elapsed / 60, 1), "minutes_left": round(left / 60, 1)})
        print(line, flush=True)
        with self.record.open("a") as file:
            file.write(line + "\n")

    def _save(self, step: int) -> None:
        state = {
            "step": step,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.first = state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.cycle.last_epoch = self.first  # all it remembers: a run made shorter or longer still ends at rest
        self.generator.set_state(state["generator"])
