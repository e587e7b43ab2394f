"""A training run that can be interrupted: epochs of batches, one-cycle, a log with the time left, a checkpoint."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.schedule import one_cycle

CHECKPOINTS = Path(".checkpoints")
EVERY = 100  # steps between checkpoints


def shuffled(count: int, epoch: int) -> Tensor:
    """The places 0 to ``count`` in an order that is the epoch's own."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(epoch))


def by_length(lengths: Tensor, batch: int, epoch: int) -> Tensor:
    """A shuffled order in which each batch holds samples of about the same length, so that little is padded."""
    order = shuffled(len(lengths), epoch)
    pools = [pool[lengths[pool].argsort()] for pool in order.split(50 * batch)]
    batches = torch.cat(pools).split(batch)
    whole = [batches[place] for place in shuffled(len(batches) - 1, epoch).tolist()]
    return torch.cat([*whole, batches[-1]])


def finished(checkpoint: Path) -> bool:
    """Whether a run has come to its end there."""
    if not checkpoint.exists():
        return False
    state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
    return bool(state["step"] == state["total"])


def begin_from(network: nn.Module, checkpoint: Path | None) -> None:
    """Load the weights alone: a new cycle of rates starts where an earlier one came to rest."""
    if checkpoint:
        network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])


class Run:
    """Goes on from ``.checkpoints/NAME.pt`` where there is one, on the same kind of device: delete it to start afresh.

    ``order``: the samples' places in the order of an epoch, the same at each call.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        optimizer: Optimizer,
        generator: torch.Generator,
        pictures: int,
        batch: int,
        sizes: list[int],
        order: Callable[[int], Tensor] | None = None,
    ) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self.batch, self.sizes = batch, sizes
        self.order = order or partial(shuffled, pictures)
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
            yield step + 1, self.sizes[epoch], self.order(epoch)[place * self.batch : (place + 1) * self.batch]
            if (step + 1) % EVERY == 0 or step + 1 == self.total:
                self._save(step + 1)

    def descend(self, loss: Tensor) -> None:
        """Down the gradient of ``loss``."""
        self.optimizer.zero_grad()
        loss.backward()
        self.step()

    def step(self) -> None:
        """One step of the optimizer, gradients clipped to a norm of 5, and of the rate."""
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
            "total": self.total,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "chance": [module.get_rng_state() for module in self._chances()],
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        self.first = state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.cycle.last_epoch = self.first  # all it remembers: a run made shorter or longer still ends at rest
        self.generator.set_state(state["generator"])
        for module, chance in zip(self._chances(), state["chance"], strict=True):
            module.set_rng_state(chance)

    def _chances(self) -> list[ModuleType]:
        """Where layers such as dropout draw from: the processor's common generator, and the device's."""
        device = self.generator.device.type
        return [torch.random] if device == "cpu" else [torch.random, torch.get_device_module(device)]
