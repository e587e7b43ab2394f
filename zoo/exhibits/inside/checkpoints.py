"""Gradient checkpointing on and off for a training step on a copy of a network: time against memory, measured here."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from statistics import median

import torch
from torch import Tensor, nn

from zoo.core import loading
from zoo.core.background import in_background
from zoo.core.cards import Card
from zoo.core.device import free_cache, memory_limit_bytes, module_bytes, synchronise
from zoo.core.errors import InputError
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps
from zoo.exhibits.inside.counting import count
from zoo.exhibits.inside.knobs import CheckpointingKnobs
from zoo.exhibits.inside.networks import read
from zoo.exhibits.inside.results import Checkpointing, StepCost
from zoo.exhibits.inside.training_memory import LiveBytes, blocks_of, checkpointed, saved_bytes
from zoo.exhibits.inside.tree import tensor_of

MAX_MACS = 60e9  # of a training step, which has about three times those of a forward pass: some seconds on two cores
MAX_BYTES = 2 * 2**30  # of a training step on a CPU
Gradients = list[Tensor | None]


def checkpointing(input: AnyInput, knobs: CheckpointingKnobs | None = None) -> Steps[Checkpointing]:
    """A training step with and without checkpointing, on copies of one input.

    The loss is the mean square of the output: which it is changes no time and no memory. Normalizations use their
    stored statistics, so that both ways compute the same. Raises InputError for a batch that would take too long or too
    much memory, for a network without blocks, and what ``networks.read`` raises.
    """
    knobs = knobs or CheckpointingKnobs()
    card, prepared = read(knobs.model, input)
    total = 2 * (knobs.steps + 1) + 1
    network = yield from in_background(partial(_copy, card), lambda: Progress(0, total, "Copying the network"))
    device = get_runtime().device
    network.to(device)
    blocks = blocks_of(network)
    _check_batch(prepared, network, knobs.batch, device)
    batch = repeated(prepared, knobs.batch)
    yield Progress(1, total, "Copied")
    costs, gradients = [], list[Gradients]()
    contexts: list[Callable[[], AbstractContextManager[None]]] = [nullcontext, partial(checkpointed, blocks.values())]
    for index, wrap in enumerate(contexts):
        name = "With checkpointing" if index else "Without checkpointing"
        done = 1 + index * (knobs.steps + 1)
        cost, gradient = yield from _measure(network, batch, wrap, knobs.steps, partial(_progress, done, total, name))
        costs.append(cost)
        gradients.append(gradient)
    difference = relative_difference(*gradients)
    size = sum(each.nbytes for each in network.parameters())
    del network, gradients
    free_cache(device)
    return Checkpointing(
        model=card.name,
        restriction=card.restriction,
        input=prepared.words,
        device=device,
        batch=knobs.batch,
        parameter_bytes=size,
        blocks=tuple(blocks),
        without=costs[0],
        checkpointed=costs[1],
        gradient_difference=difference,
    )


def _progress(done: int, total: int, name: str, step: int) -> Progress:
    return Progress(done + step, total, name)


def _copy(card: Card) -> nn.Module:
    """A network of its own, not packed, whose parameters can be trained."""
    network = loading.load(card.name).eval()
    for part in network.modules():
        if isinstance(part, nn.RNNBase):
            part.train()  # a GPU has no backward pass for it otherwise
    for parameter in network.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return network


def repeated(prepared: ModelInput, batch: int) -> ModelInput:
    """A batch of copies of an input."""
    return replace(prepared, tensors=tuple(each.repeat(batch, *[1] * (each.ndim - 1)) for each in prepared.tensors))


def _check_batch(prepared: ModelInput, network: nn.Module, batch: int, device: str) -> None:
    """Raises InputError for a batch beyond what is allowed here, by the cost of one input."""
    counter, _ = count(network, prepared)
    with saved_bytes(network) as saved:
        loss_of(prepared, network)
    most = int(MAX_MACS / max(1, 3 * counter.macs[""]))
    if not device.startswith("cuda"):
        available = min(MAX_BYTES, memory_limit_bytes() // 4) - 2 * module_bytes(network)
        most = min(most, int(available / max(1, 2 * saved.total)))
    if batch > most:
        advice = f"choose a batch size of at most {most}" if most > 0 else "choose a smaller network"
        raise InputError(f"A training step on {batch} inputs would take too long or too much memory here: {advice}.")


def loss_of(prepared: ModelInput, network: nn.Module) -> Tensor:
    output = tensor_of(prepared(network))
    if output is None or not output.requires_grad:
        raise InputError("The output of this network depends on no parameter that could be trained: choose another.")
    return output.float().square().mean()


def _measure(
    network: nn.Module,
    batch: ModelInput,
    wrap: Callable[[], AbstractContextManager[None]],
    steps: int,
    progress: Callable[[int], Progress],
) -> Steps[tuple[StepCost, Gradients]]:
    """The cost of a step, and its gradients. The first step measures memory, and warms up."""
    saved, peak = memory_of_step(network, batch, wrap)
    yield progress(1)
    gradients = [None if each.grad is None else each.grad.clone() for each in network.parameters()]
    seconds, forward = [], []
    for step in range(steps):
        both = time_step(network, batch, wrap)
        forward.append(both[0])
        seconds.append(sum(both))
        yield progress(step + 2)
    network.zero_grad(set_to_none=True)
    return StepCost(1000 * median(seconds), 1000 * median(forward), saved, peak), gradients


def memory_of_step(
    network: nn.Module, batch: ModelInput, wrap: Callable[[], AbstractContextManager[None]]
) -> tuple[int, int]:
    """The bytes that a forward pass saves, and the most that a step takes at once beside the parameters."""
    network.zero_grad(set_to_none=True)
    device = next(network.parameters()).device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    live = LiveBytes()
    with wrap(), live:
        with saved_bytes(network) as saved:
            loss = loss_of(batch, network)
        loss.backward()  # type: ignore[no-untyped-call]
    if device.type == "cuda":
        return saved.total, torch.cuda.max_memory_allocated(device) - before
    return saved.total, live.peak


def time_step(
    network: nn.Module, batch: ModelInput, wrap: Callable[[], AbstractContextManager[None]]
) -> tuple[float, float]:
    """Seconds of the forward pass, and of the backward pass."""
    network.zero_grad(set_to_none=True)
    device = str(next(network.parameters()).device)
    synchronise(device)
    start = time.perf_counter()
    with wrap():
        loss = loss_of(batch, network)
        synchronise(device)
        middle = time.perf_counter()
        loss.backward()  # type: ignore[no-untyped-call]
        synchronise(device)
    return middle - start, time.perf_counter() - middle


def relative_difference(first: Gradients, second: Gradients) -> float:
    """The largest difference of two lists of gradients, over the largest gradient."""
    pairs = [(one, two) for one, two in zip(first, second, strict=True) if one is not None and two is not None]
    largest = max((float(one.abs().max()) for one, _ in pairs), default=0.0)
    return max((float((one - two).abs().max()) for one, two in pairs), default=0.0) / max(largest, 1e-30)
