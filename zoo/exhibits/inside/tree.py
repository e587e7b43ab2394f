"""The modules of a network with shapes, parameters, multiply-accumulates, time and memory, measured by hooks."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from zoo.core.cards import Card
from zoo.core.device import synchronise
from zoo.core.inputs import AnyInput
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.inside.counting import count, hooked
from zoo.exhibits.inside.knobs import LayersKnobs
from zoo.exhibits.inside.networks import read
from zoo.exhibits.inside.results import LayerRow, Layers
from zoo.nets.packed import Int8Linear


def layers(input: AnyInput, knobs: LayersKnobs | None = None) -> Layers:
    """The modules of a network, measured on an input. Raises what ``networks.read`` raises.

    The first pass counts and warms up; each timed pass is a call of its own on the worker, so that others go on.
    """
    knobs = knobs or LayersKnobs()
    return layers_of(*read(knobs.model, input), knobs.repetitions)


def layers_of(card: Card, prepared: ModelInput, repetitions: int) -> Layers:
    """The same for an input that is prepared already."""
    run = get_runtime().run
    rows = run(partial(count_rows, prepared), card.name)
    timed = [run(partial(time_pass, prepared), card.name) for _ in range(repetitions)]
    device, peak = run(partial(gpu_peak, prepared), card.name)
    measured = tuple(LayerRow(**row, milliseconds=1000 * median(each[row["name"]] for each in timed)) for row in rows)
    return Layers(card.name, card.restriction, prepared.words, device, repetitions, measured, peak)


def count_rows(run: Callable[[nn.Module], object], network: nn.Module) -> list[dict[str, Any]]:
    """Everything of each module but its time. For the worker alone."""
    shapes: dict[str, tuple[int, ...]] = {}
    calls: Counter[str] = Counter()

    def record(name: str, module: nn.Module, output: Any) -> None:
        shapes[name] = shape_of(output)
        calls[name] += 1

    with hooked(network, after=record):
        counter, output = count(network, run)
    if not calls[""]:  # the exhibit calls a part of the network
        record("", network, output)
    return [
        {
            "name": name,
            "kind": type(module).__name__,
            "depth": name.count(".") + 1 if name else 0,
            "output": shapes.get(name, ()),
            "parameters": sum(map(parameters_of, module.modules())),
            "macs": counter.macs[name],
            "bytes": counter.bytes[name],
            "calls": calls[name],
            "is_leaf": is_leaf(module),
        }
        for name, module in network.named_modules()
    ]


def is_leaf(module: nn.Module) -> bool:
    """Whether no module is in it."""
    return next(module.children(), None) is None


def parameters_of(module: nn.Module) -> int:
    """The parameters of a module itself, without those in it; a packed layer holds them in another form."""
    if isinstance(module, Int8Linear):
        return module.row_sums.numel() * module.in_features + module.bias.numel()
    return sum(parameter.numel() for parameter in module.parameters(recurse=False))


def tensor_of(output: Any) -> Tensor | None:
    """The first tensor of numbers in what a module returned."""
    if isinstance(output, nn.utils.rnn.PackedSequence):
        return output.data
    leaves = tree_leaves(dict(output) if hasattr(output, "to_tuple") else output)
    return next((each for each in leaves if isinstance(each, Tensor) and each.is_floating_point()), None)


def shape_of(output: Any) -> tuple[int, ...]:
    tensor = tensor_of(output)
    return () if tensor is None else tuple(tensor.shape)


@torch.no_grad()
def time_pass(run: Callable[[nn.Module], object], network: nn.Module) -> dict[str, float]:
    """The seconds of each module in one pass, with the modules in it; of several calls their sum."""
    device = next(iter((*network.parameters(), *network.buffers()))).device.type
    seconds: defaultdict[str, float] = defaultdict(float)
    starts: dict[str, float] = {}

    def enter(name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        synchronise(device)
        starts[name] = time.perf_counter()

    def leave(name: str, module: nn.Module, output: Any) -> None:
        synchronise(device)
        seconds[name] += time.perf_counter() - starts[name]

    synchronise(device)
    start = time.perf_counter()
    with hooked(network, enter, leave):
        run(network)
    synchronise(device)
    seconds[""] = time.perf_counter() - start
    return seconds


@torch.no_grad()
def gpu_peak(run: Callable[[nn.Module], object], network: nn.Module) -> tuple[str, int | None]:
    """The device of a network, and on a CUDA device the most memory that a pass takes beside what is in use."""
    device = next(iter((*network.parameters(), *network.buffers()))).device
    if device.type != "cuda":
        return str(device), None
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run(network)
    torch.cuda.synchronize(device)
    return str(device), torch.cuda.max_memory_allocated(device) - before
