"""A training run that can be interrupted: epochs of batches, one-cycle rates, a log, checkpoints."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from training.schedule import one_cycle

CHECKPOINTS = Path(".checkpoints")
CHECKPOINT_EVERY = 100  # steps
MAX_GRADIENT_NORM = 5.0


def shuffled(count: int, epoch: int) -> Tensor:
    """The indices 0 to ``count`` in random order; the epoch is the seed."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(epoch))


def length_bucketed(lengths: Tensor, batch_size: int, epoch: int) -> Tensor:
    """A random order in which the samples of a batch have about the same length, so that little is padding."""
    order = shuffled(len(lengths), epoch)
    pools = [pool[lengths[pool].argsort()] for pool in order.split(50 * batch_size)]
    batches = torch.cat(pools).split(batch_size)
    full = [batches[index] for index in shuffled(len(batches) - 1, epoch).tolist()]
    return torch.cat([*full, batches[-1]])


def is_finished(checkpoint: Path) -> bool:
    """Whether the checkpoint is of a run's last step."""
    if not checkpoint.exists():
        return False
    state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
    return bool(state["step"] == state["total"])


def load_weights(network: nn.Module, checkpoint: Path | None) -> None:
    """Initialize from an earlier run's weights alone: optimizer and learning rates start anew. None does nothing."""
    if checkpoint:
        network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["network"])


def average_with_start(path: Path, start: dict[str, Tensor], weight: float) -> None:
    """Make the weights of a checkpoint the mean of the tuned ones, with this weight, and those of the start, once.

    Wortsman et al. 2021, arXiv:2109.01903.
    """
    state = torch.load(path, weights_only=True)
    if "tuned_share" not in state:
        tuned = state["network"]
        mixed = {name: start[name].lerp(tuned[name], weight) for name in tuned if tuned[name].is_floating_point()}
        torch.save(state | {"network": tuned | mixed, "tuned_share": weight}, path)


class Run:
    """Resumes from ``.checkpoints/NAME.pt`` where there is one, on the same kind of device: delete it to start anew.

    ``sizes``: the input size of each epoch, where it grows (progressive resizing); its length is the number of epochs.
    ``order``: from an epoch to the order of its samples, the same at each call. ``schedule``: of the learning rates,
    made for the optimizer and the number of steps. ``checkpoint_every``: steps from one checkpoint to the next.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        optimizer: Optimizer,
        generator: torch.Generator,
        n_samples: int,
        batch_size: int,
        sizes: list[int],
        order: Callable[[int], Tensor] | None = None,
        schedule: Callable[[Optimizer, int], LRScheduler] = one_cycle,
    ) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self.batch_size, self.sizes, self.checkpoint_every = batch_size, sizes, CHECKPOINT_EVERY
        self.order = order or partial(shuffled, n_samples)
        self.steps_per_epoch = n_samples // batch_size
        self.total = self.steps_per_epoch * len(sizes)
        self.scheduler = schedule(optimizer, self.total)
        CHECKPOINTS.mkdir(exist_ok=True)
        self.checkpoint, self.log_file = CHECKPOINTS / f"{name}.pt", CHECKPOINTS / f"{name}.jsonl"
        self.first_step = 0
        if self.checkpoint.exists():
            self._restore()
        self.start = time.monotonic()

    def steps(self) -> Iterator[tuple[int, int, Tensor]]:
        """(step from 1, input size, indices of the batch); checkpoints between, and at the end."""
        for step in range(self.first_step, self.total):
            epoch, batch = divmod(step, self.steps_per_epoch)
            yield (
                step + 1,
                self.sizes[epoch],
                self.order(epoch)[batch * self.batch_size : (batch + 1) * self.batch_size],
            )
            if (step + 1) % self.checkpoint_every == 0 or step + 1 == self.total:
                self._save(step + 1)

    def minimize(self, loss: Tensor) -> None:
        """Backward pass and optimizer step."""
        self.optimizer.zero_grad()
        loss.backward()
        self.step()

    def step(self) -> None:
        """One step of optimizer and scheduler, gradients clipped to a norm of 5."""
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()
        self.scheduler.step()

    def log(self, step: int, **values: float) -> None:
        """One JSON line, on screen and in ``.checkpoints/NAME.jsonl``, with the minutes left."""
        elapsed = time.monotonic() - self.start
        left = elapsed / max(step - self.first_step, 1) * (self.total - step)
        record = {"step": step, "of": self.total, **{name: round(value, 4) for name, value in values.items()}}
        line = json.dumps({**record, "minutes": round(elapsed / 60, 1), "minutes_left": round(left / 60, 1)})
        print(line, flush=True)
        with self.log_file.open("a") as file:
            file.write(line + "\n")

    def _save(self, step: int) -> None:
        state = {
            "step": step,
            "total": self.total,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "rng_states": [module.get_rng_state() for module in self._rng_modules()],
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        self.first_step = state["step"]
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        # The scheduler's whole state: a run made shorter or longer still ends at the lowest rate.
        self.scheduler.last_epoch = self.first_step
        self.generator.set_state(state["generator"])
        for module, rng_state in zip(self._rng_modules(), state["rng_states"], strict=True):
            module.set_rng_state(rng_state)

    def _rng_modules(self) -> list[ModuleType]:
        """Modules of the global generators that layers such as dropout draw from: the CPU's and the device's."""
        device = self.generator.device.type
        return [torch.random] if device == "cpu" else [torch.random, torch.get_device_module(device)]
