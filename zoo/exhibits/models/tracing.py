"""The layers of a network with their shapes, and its cost in multiply-accumulate operations."""

import functools
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from zoo.core import loading
from zoo.core.cards import Card, find_card
from zoo.core.device import module_bytes
from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.models.inputs import call_on_example
from zoo.exhibits.models.knobs import ModelKnobs
from zoo.exhibits.models.results import Costs, Layer, LayerTree


def layers(*, knobs: ModelKnobs) -> LayerTree:
    """The modules of a model. Raises NotFoundError, InputError for one that is not on this machine."""
    return tree_of(find_card(knobs.model).name)


@functools.lru_cache(maxsize=32)
def tree_of(name: str) -> LayerTree:
    """The tree by the full name of a model. It is traced on a copy that is not packed, on the CPU."""
    card = find_card(name)
    module = loaded_copy(card)
    return get_runtime().run(lambda: trace(card, module))


def loaded_copy(card: Card) -> nn.Module:
    """A network of its own. Raises InputError where its weights would have to be fetched first."""
    if not loading.is_cached(card):
        raise InputError(f"{card.name} is not on this machine: fetch it first ({card.size_bytes / 1e6:.0f} MB).")
    return loading.load(card.name).eval().requires_grad_(False)


def trace(card: Card, module: nn.Module) -> LayerTree:
    """The modules of a network by one call of it. For the worker alone."""
    shapes: dict[nn.Module, tuple[int, ...]] = {}

    def record(layer: nn.Module, _: Any, output: Any) -> None:
        shapes[layer] = shape_of(output)

    call = call_on_example(card, module)
    hooks = [layer.register_forward_hook(record) for layer in module.modules()]
    try:
        macs = count_macs(call.run)
    finally:
        for hook in hooks:
            hook.remove()
    rows = tuple(
        Layer(
            name=name or card.name,
            kind=type(layer).__name__,
            depth=name.count(".") + 1 if name else 0,
            parameters=sum(parameter.numel() for parameter in layer.parameters()),
            output=shapes.get(layer, ()),
        )
        for name, layer in module.named_modules()
    )
    return LayerTree(card.name, call.input, macs, rows)


def shape_of(output: Any) -> tuple[int, ...]:
    """The shape of the first tensor in what a module returned, or ()."""
    if isinstance(output, Tensor):
        return tuple(output.shape)
    values = output.values() if isinstance(output, dict) else output if isinstance(output, list | tuple) else ()
    return next((shape for shape in map(shape_of, values) if shape), ())


def count_macs(run: Any) -> int:
    """Half of the floating-point operations that torch counts: those of matrix products and convolutions."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops()) // 2


def costs_of(card: Card, module: nn.Module) -> Costs:
    """The costs of a network that is not packed, on the CPU. For the worker alone."""
    call = call_on_example(card, module)
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Costs(call.input, count_macs(call.run), parameters, module_bytes(module))
