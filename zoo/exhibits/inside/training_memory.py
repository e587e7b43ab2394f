"""How much of a training step's memory is counted: tensors saved for the backward pass, and the most at once."""

import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint

from zoo.core.errors import InputError
from zoo.exhibits.inside.counting import LightDispatchMode, storage_key
from zoo.exhibits.inside.tree import is_leaf


@dataclass
class SavedBytes:
    """Of tensors that autograd keeps for the backward pass, each memory once, parameters not."""

    total: int = 0


@contextmanager
def saved_bytes(network: nn.Module) -> Iterator[SavedBytes]:
    """Counts what the forward passes inside the block save."""
    known = {storage_key(each) for each in (*network.parameters(), *network.buffers())}
    counted = SavedBytes()

    def pack(tensor: Tensor) -> Tensor:
        key = storage_key(tensor)
        if key not in known:
            known.add(key)
            counted.total += tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield counted


class LiveBytes(LightDispatchMode):  # type: ignore[no-untyped-call]
    """The memory of the tensors that were made inside the block and still live, and the most at any time: ``peak``."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = self._current = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {storage_key(each) for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)}
        output = func(*args, **(kwargs or {}))
        for each in tree_leaves(output):
            if isinstance(each, Tensor) and (key := storage_key(each)) not in given | self._known:
                storage = each.untyped_storage()
                self._known.add(key)
                self._current += storage.nbytes()
                self.peak = max(self.peak, self._current)
                weakref.finalize(storage, self._freed, key, storage.nbytes())
        return output

    def _freed(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._current -= size


def blocks_of(network: nn.Module) -> dict[str, nn.Module]:
    """The parts that are computed again: the outermost entries of lists that hold several layers each.

    Where a list holds single layers, as in VGG, the list itself. Raises InputError for a network without either.
    """
    entries = {
        f"{name}.{child}".removeprefix("."): module
        for name, holder in network.named_modules()
        if isinstance(holder, nn.Sequential | nn.ModuleList)
        for child, module in holder.named_children()
        if not is_leaf(module) and not isinstance(module, nn.ModuleList)
    }
    lists: dict[str, nn.Module] = {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, nn.Sequential) and len(module) > 1
    }
    chosen = outermost(entries) or outermost(lists)
    if not chosen:
        raise InputError("This network has no block of several layers that could be computed again: choose another.")
    return chosen


def outermost(modules: dict[str, nn.Module]) -> dict[str, nn.Module]:
    """Those that are in no other one."""
    return {name: module for name, module in modules.items() if not _within(name, modules)}


def _within(name: str, others: Iterable[str]) -> bool:
    return any(name.startswith(f"{other}.") for other in others if other != name)


@contextmanager
def checkpointed(blocks: Iterable[nn.Module]) -> Iterator[None]:
    """Inside the block, each of these modules keeps its inputs alone, and is computed again in the backward pass.

    Chen et al. 2016 (arXiv:1604.06174). For a network of one's own.
    """
    changed: list[Any] = list(blocks)
    for module in changed:
        module.forward = partial(checkpoint, module.forward, use_reentrant=False)
    try:
        yield
    finally:
        for module in changed:
            del module.forward
