"""One forward pass: the output of every layer, kept within a number of bytes, and its statistics."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.inside.byte_cache import CACHE, CALLS
from zoo.exhibits.inside.counting import hooked
from zoo.exhibits.inside.networks import check_layer
from zoo.exhibits.inside.tree import is_leaf, tensor_of
from zoo.nets.packed import Int8Linear

KEPT_BYTES = 96 * 2**20  # of the outputs of one pass; layers beyond it are computed again when they are asked for
HALF_LIMIT = 60_000.0  # float16 ends at 65,504
CHANNELS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding)  # whose last axis is that of the units


@dataclass(frozen=True)
class Record:
    """A layer's output in numbers. ``shape``: of the output. ``peaks``, ``places``: (U,) the largest activation of each
    unit, and its flat position. Units and positions as ``units_first`` has them.
    """

    kind: str
    shape: tuple[int, ...]
    leaf: bool
    has_matrix: bool  # of weights: it is no normalization and no activation
    mean: float
    std: float
    peaks: Tensor
    places: Tensor
    size: tuple[int, ...]  # of the positions


@dataclass
class RecordedPass:
    """``records`` and ``outputs``, (U, positions...), by layer in the order in which they were computed. ``root``: what
    receptive fields are measured on, (1, C, positions...), where it is not the first tensor of the input.
    """

    records: dict[str, Record] = field(default_factory=dict)
    outputs: dict[str, Tensor] = field(default_factory=dict)
    root: Tensor | None = None

    @property
    def nbytes(self) -> int:
        tensors = {id(each): each for each in self.outputs.values()}
        root = [] if self.root is None else [self.root]
        places = [each for record in self.records.values() for each in (record.peaks, record.places)]
        return sum(each.nbytes for each in (*tensors.values(), *root, *places))


def units_first(output: Tensor, module: nn.Module, positions: int) -> Tensor:
    """(1, ...) -> (U, positions...): channels of feature maps (U, H, W), and units over time or tokens (U, T).

    ``positions``: the axis of (1, ., .) that is time or tokens. What has neither is (U, 1).
    """
    if output.ndim == 4:
        return output[0].movedim(-1, 0) if isinstance(module, CHANNELS_LAST) else output[0]
    if output.ndim == 3:
        return output[0].T if positions == 1 else output[0]
    if output.ndim == 2 and output.shape[0] > 1:  # packed tokens, or a row each
        return output.T
    return output.reshape(-1, 1)


class Recorder:
    """Hooks that keep outputs. ``keep``: whether, beside the statistics."""

    def __init__(self, prepared: ModelInput, keep: bool) -> None:
        self.prepared, self.keep = prepared, keep
        self.result, self.bytes = RecordedPass(), 0
        # An outer module returns what its last inner one returned: that is measured and stored once.
        self._measured: dict[int, tuple[weakref.ref[Tensor], int, Record, Tensor | None]] = {}

    def enter(self, name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if self.prepared.root and name == self.prepared.root and isinstance(inputs[0], Tensor):
            self.result.root = inputs[0].detach().cpu().clone()

    def leave(self, name: str, module: nn.Module, output: Any) -> None:
        tensor = tensor_of(output)
        if tensor is None or not tensor.numel():
            return
        self.result.records.pop(name, None)  # of several calls the last
        self.result.outputs.pop(name, None)
        record, kept = self._known(tensor) or self._measure(tensor, module)
        kind, leaf = type(module).__name__, is_leaf(module)
        self.result.records[name] = replace(record, kind=kind, leaf=leaf, has_matrix=has_matrix(module))
        if kept is not None:
            self.result.outputs[name] = kept

    def _known(self, tensor: Tensor) -> tuple[Record, Tensor | None] | None:
        reference, version, record, kept = self._measured.get(id(tensor), (lambda: None, 0, None, None))
        same = record is not None and reference() is tensor and version == tensor._version
        return (record, kept) if same and record is not None else None

    def _measure(self, tensor: Tensor, module: nn.Module) -> tuple[Record, Tensor | None]:
        values = units_first(tensor.detach(), module, self.prepared.positions)
        flat = values.reshape(len(values), -1).float()
        peaks, places = flat.max(1)
        std, mean = torch.std_mean(flat, correction=0)
        record = Record(
            kind="",
            shape=tuple(tensor.shape),
            leaf=False,
            has_matrix=False,
            mean=float(mean),
            std=float(std),
            peaks=peaks.cpu(),
            places=places.cpu(),
            size=tuple(values.shape[1:]),
        )
        kept = self._copy(values, flat) if self.keep else None
        self._measured[id(tensor)] = (weakref.ref(tensor), tensor._version, record, kept)
        return record, kept

    def _copy(self, values: Tensor, flat: Tensor) -> Tensor | None:
        if self.bytes + 2 * values.numel() > KEPT_BYTES:
            return None
        small = float(flat.abs().max()) < HALF_LIMIT
        # A copy: a later layer may work in place on the memory of this output.
        kept = values.to("cpu", torch.float16 if small else torch.float32, copy=True).contiguous()
        self.bytes += kept.nbytes
        return kept


@torch.no_grad()
def record_pass(prepared: ModelInput, keep: bool, network: nn.Module) -> RecordedPass:
    """For the worker alone."""
    recorder = Recorder(prepared, keep)
    with hooked(network, recorder.enter, recorder.leave):
        prepared(network)
    return recorder.result


def recorded(card: Card, prepared: ModelInput, keep: bool = True) -> RecordedPass:
    """The pass of an input through a model, kept for all who ask with equal inputs. ``keep``: the outputs too."""

    def make() -> RecordedPass:
        return get_runtime().run(partial(record_pass, prepared, keep), card.name)

    return CACHE.get(("pass", card.name, prepared.digest, keep), make)


def layer_of(card: Card, pass_: RecordedPass, name: str) -> str:
    """The layer that is meant: for "" the first convolution or linear layer. Raises InputError for an unknown one."""
    if name:
        return check_layer(name, list(pass_.records), card.name)
    layers = (each for each, record in pass_.records.items() if record.has_matrix and each)
    return next(layers, next(iter(pass_.records)))


def has_matrix(module: nn.Module) -> bool:
    """Whether a layer has weights between inputs and units of its own."""
    return isinstance(module, Int8Linear) or any(each.ndim > 1 for each in module.parameters(recurse=False))


def output_of(card: Card, prepared: ModelInput, pass_: RecordedPass, name: str) -> Tensor:
    """(U, positions...) float32: the output of a layer, computed again where the pass did not keep it."""
    kept = pass_.outputs.get(name)
    if kept is None:
        kept = input_and_output(card, prepared, name).units
    return kept.float()


@dataclass(frozen=True)
class LayerCall:
    """``inputs``: what a layer was called with, a batch of one; ``output``; ``units``: the same with units first."""

    inputs: tuple[Tensor, ...]
    output: Tensor
    units: Tensor

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (*self.inputs, self.output, self.units))


def input_and_output(card: Card, prepared: ModelInput, name: str) -> LayerCall:
    """The last call of a layer in the pass of an input, in full precision, on the CPU."""

    def make() -> LayerCall:
        return get_runtime().run(partial(_call_of, prepared, name), card.name)

    return CALLS.get(("call", card.name, prepared.digest, name), make)


@torch.no_grad()
def _call_of(prepared: ModelInput, name: str, network: nn.Module) -> LayerCall:
    module = network.get_submodule(name)
    inputs: list[tuple[Tensor, ...]] = []
    outputs: list[Tensor] = []

    def enter(_: nn.Module, given: Sequence[Any], named: dict[str, Any]) -> None:
        tensors = (each for each in (*given, *named.values()) if isinstance(each, Tensor))
        inputs[:] = [tuple(each.detach().cpu().clone() for each in tensors)]

    def leave(_: nn.Module, given: Any, output: Any) -> None:
        tensor = tensor_of(output)
        outputs[:] = [] if tensor is None else [tensor.detach().cpu().clone()]

    hooks = [module.register_forward_pre_hook(enter, with_kwargs=True), module.register_forward_hook(leave)]
    try:
        prepared(network)
    finally:
        for hook in hooks:
            hook.remove()
    return LayerCall(inputs[0], outputs[0], units_first(outputs[0], module, prepared.positions))
