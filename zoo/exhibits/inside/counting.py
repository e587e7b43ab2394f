"""Multiply-accumulate operations and new tensors of a forward pass, by module.

The formulas are our own; torch's ``FlopCounterMode`` counts two floating-point operations for each of these.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def product_macs(output: Tensor, left: Tensor) -> int:
    """Of a matrix product: each output adds up as many products as the rows of ``left`` have columns."""
    return output.numel() * left.shape[-1]


def convolution_macs(output: Tensor, x: Tensor, weight: Tensor, *more: Any) -> int:
    """Each output, or of a transposed convolution each input, meets the kernel of one filter."""
    transposed = more[4]
    return (x.numel() if transposed else output.numel()) * math.prod(weight.shape[1:])


def attention_macs(_: Tensor, query: Tensor, key: Tensor, value: Tensor) -> int:
    """Scores of all pairs, and their mix of the values."""
    return math.prod(query.shape[:-1]) * key.shape[-2] * (query.shape[-1] + value.shape[-1])


def recurrent_macs(x: Tensor, weights: list[Tensor]) -> int:
    """Each time step of each sequence meets every weight of a matrix."""
    return x.shape[0] * x.shape[1] * sum(weight.numel() for weight in weights if weight.ndim == 2)


FORMULAS: dict[str, Callable[[Tensor, tuple[Any, ...]], int]] = {
    "mm": lambda output, args: product_macs(output, args[0]),
    "addmm": lambda output, args: product_macs(output, args[1]),
    "bmm": lambda output, args: product_macs(output, args[0]),
    "baddbmm": lambda output, args: product_macs(output, args[1]),
    "linear_dynamic": lambda output, args: product_macs(output, args[0]),
    "convolution": lambda output, args: convolution_macs(output, *args),
    "_scaled_dot_product_flash_attention_for_cpu": lambda output, args: attention_macs(output, *args[:3]),
    "_scaled_dot_product_flash_attention": lambda output, args: attention_macs(output, *args[:3]),
    "_scaled_dot_product_efficient_attention": lambda output, args: attention_macs(output, *args[:3]),
    "_scaled_dot_product_cudnn_attention": lambda output, args: attention_macs(output, *args[:3]),
    "mkldnn_rnn_layer": lambda output, args: recurrent_macs(args[0], list(args[1:3])),
    "_cudnn_rnn": lambda output, args: recurrent_macs(args[0], list(args[1])),
}


class LightDispatchMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operator of PyTorch. Otherwise torch would import its compiler for it, which takes up to 15 s."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False


class OperationCounter(LightDispatchMode):  # type: ignore[no-untyped-call]
    """Counts for the modules that are on the stack: those whose forward is under way. "" is the whole network."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()
        self.stack = [""]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        given = {storage_key(each) for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)}
        made = {storage_key(each): each for each in tree_leaves(output) if isinstance(each, Tensor)}
        size = sum(each.untyped_storage().nbytes() for key, each in made.items() if key not in given)
        formula = FORMULAS.get(func.overloadpacket.__name__)
        count = formula(next(iter(made.values())), args) if formula and made else 0
        for name in {*self.stack}:
            self.macs[name] += count
            self.bytes[name] += size
        return output


def storage_key(tensor: Tensor) -> int:
    """Equal for tensors that share their memory."""
    return int(tensor.untyped_storage()._cdata)


@contextmanager
def hooked(
    network: nn.Module,
    before: Callable[[str, nn.Module, tuple[Any, ...]], None] | None = None,
    after: Callable[[str, nn.Module, Any], None] | None = None,
) -> Iterator[None]:
    """Inside the block, both are called around each module's forward, with its name. For one call on the worker."""
    handles = []
    for name, module in network.named_modules():
        if before is not None:

            def enter(module: nn.Module, inputs: tuple[Any, ...], name: str = name) -> None:
                before(name, module, inputs)

            handles.append(module.register_forward_pre_hook(enter))
        if after is not None:

            def leave(module: nn.Module, inputs: Any, output: Any, name: str = name) -> None:
                after(name, module, output)

            handles.append(module.register_forward_hook(leave))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def count(network: nn.Module, run: Callable[[nn.Module], object]) -> tuple[OperationCounter, object]:
    """One forward pass: the counts, and its output. For the worker alone."""
    counter = OperationCounter()

    def enter(name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        counter.stack.append(name)

    def leave(name: str, module: nn.Module, output: Any) -> None:
        counter.stack.pop()

    with hooked(network, enter, leave), counter:
        output = run(network)
    return counter, output
