"""Receptive fields: which part of the input each position of each layer depends on, exactly.

The interval of input rows and of input columns is carried through every operation of one forward pass: a window of a
convolution spans the intervals under it, an element-wise operation unites those of its operands. What mixes all
positions, as a mean or a product of matrices does, depends on the whole. The padding belongs to no interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from zoo.core.cards import Card
from zoo.core.model_inputs import ModelInput
from zoo.core.runtime import get_runtime
from zoo.exhibits.inside.byte_cache import CACHE
from zoo.exhibits.inside.counting import LightDispatchMode, hooked
from zoo.exhibits.inside.tree import tensor_of

NOTHING = np.iinfo(np.int64).max  # the start of an empty interval
MIXING = frozenset(
    {
        *("_softmax", "_log_softmax", "cumsum", "roll", "native_group_norm", "sort", "_fft_r2c", "_fft_c2c"),
        *("_native_batch_norm_legit", "_scaled_dot_product_flash_attention_for_cpu", "grid_sampler_2d"),
    }
)
POOLS = ("max_pool2d_with_indices", "avg_pool2d", "max_pool3d_with_indices", "avg_pool3d")


@dataclass(frozen=True)
class Span:
    """By position along an axis of a tensor: the first input index that it depends on, and one after the last.

    ``dim``: the axis, counted from the last one, -1. Where positions do not run along any axis, it is 0, and there is
    one interval for all.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    dim: int = 0

    @property
    def whole(self) -> "Span":
        """One interval for all positions."""
        return Span(self.starts.min(keepdims=True), self.ends.max(keepdims=True))

    def at(self, position: int) -> tuple[int, int]:
        """The interval of a position."""
        index = position if self.dim else 0
        start, end = int(self.starts[index]), int(self.ends[index])
        return (start, end) if end > start else (0, 0)

    def windows(self, windows: Sequence[Sequence[int]]) -> "Span":
        """Each new position unites those of a window; indices outside of the axis are padding."""
        size = len(self.starts)
        inside = [[index for index in window if 0 <= index < size] for window in windows]
        starts = [self.starts[window].min() if window else NOTHING for window in inside]
        ends = [self.ends[window].max() if window else -1 for window in inside]
        return Span(np.array(starts, np.int64), np.array(ends, np.int64), self.dim)


Field = tuple[Span, ...]  # by axis of the input: rows and columns, or time


def union(first: Span, second: Span) -> Span:
    """Of two operands of an element-wise operation."""
    if first.dim != second.dim and first.dim and second.dim:
        first, second = first.whole, second.whole
    return Span(np.minimum(first.starts, second.starts), np.maximum(first.ends, second.ends), first.dim or second.dim)


class FieldTracker(LightDispatchMode):  # type: ignore[no-untyped-call]
    """Follows the tensors that are made from one."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._fields: WeakIdKeyDictionary = WeakIdKeyDictionary()

    def start(self, tensor: Tensor, axes: int) -> None:
        """Each of the last ``axes`` axes of a tensor depends on itself."""
        sizes = tensor.shape[-axes:]
        spans = [Span(np.arange(n), np.arange(n) + 1, index - axes) for index, n in enumerate(sizes)]
        self._fields[tensor] = tuple(spans)

    def of(self, tensor: Tensor) -> Field | None:
        field: Field | None = self._fields.get(tensor)  # type: ignore[no-untyped-call]
        return field

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        operands = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        known = [(each, field) for each in operands if (field := self.of(each)) is not None]
        output = func(*args, **(kwargs or {}))
        if known:
            name = func.overloadpacket.__name__.rstrip("_")
            for made in tree_leaves(output):
                if isinstance(made, Tensor):
                    self._fields[made] = follow(name, args, known, made)
        return output


def follow(name: str, args: Sequence[Any], known: Sequence[tuple[Tensor, Field]], output: Tensor) -> Field:
    """The field of an operation's output."""
    source, field = known[0]
    if name == "convolution" and source is args[0]:
        return _slide(field, source, output, tuple(args[1].shape[2:]), *args[3:6], transposed=args[6])
    if name in POOLS:
        kernel, stride, padding = [*args[1:4], (), 0][:3] if len(args) == 2 else [*args[1:4], 0][:3]
        dilation = args[4] if name.startswith("max") and len(args) > 4 else 1
        return _slide(field, source, output, kernel, stride or kernel, padding, dilation)
    if name.startswith(("upsample", "_upsample")):
        return _resample(field, source, output, 0 if "nearest" in name else 2 if "cubic" in name else 1)
    if name in ("reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d", "constant_pad_nd"):
        return _pad(field, source, args[1], name)
    if name == "slice" and len(args) > 1:
        return _slice(field, source, *args[1:])
    if name == "flip":
        return tuple(_reversed(span, source, args[1]) for span in field)
    if name == "cat" and (len(args) == 1 or args[1] % output.ndim == 0):
        return field  # a batch is joined, as with its mirror image: of its items, the first is followed
    if name == "permute":
        order = [each % source.ndim for each in args[1]]
        return tuple(_moved(span, order, source.ndim) for span in field)
    if name == "transpose":
        order = list(range(source.ndim))
        first, second = (each % source.ndim for each in args[1:3])
        order[first], order[second] = second, first
        return tuple(_moved(span, order, source.ndim) for span in field)
    if name in MIXING or (name in ("native_batch_norm", "_native_batch_norm_legit") and args[5]):
        return tuple(span.whole for span in field)
    return _elementwise([each for _, each in known], output)


def _elementwise(fields: Sequence[Field], output: Tensor) -> Field:
    """Operands whose positions are those of the output, or one for all; any other operation mixes positions."""
    united = list(fields[0])
    for other in fields[1:]:
        united = [union(one, two) for one, two in zip(united, other, strict=True)]
    return tuple(span if not span.dim or _runs_along(span, output) else span.whole for span in united)


def _runs_along(span: Span, tensor: Tensor) -> bool:
    """Whether the positions of a span are those of the tensor along its axis."""
    return tensor.ndim >= -span.dim and tensor.shape[span.dim] == len(span.starts)


def _each(setting: Any, span: Span) -> int:
    """A setting that is one number, or one for each axis of a window, of which the last are the input's."""
    values = list(setting) if isinstance(setting, list | tuple) else [setting]
    return int(values[max(-len(values), span.dim)] if span.dim else values[-1])


def _slide(field: Field, source: Tensor, output: Tensor, *window: Any, transposed: bool = False) -> Field:
    """``window``: kernel, stride, padding and dilation, each one number or one for each axis."""

    def slide(span: Span) -> Span:
        if not span.dim or not _runs_along(span, source):
            return span.whole
        settings = [_each(each, span) for each in window]
        return span.windows([taps(place, *settings, transposed=transposed) for place in range(output.shape[span.dim])])

    return tuple(map(slide, field))


def taps(
    position: int, kernel: int, stride: int, padding: int, dilation: int, *, transposed: bool = False
) -> list[int]:
    """The input index under each place of a kernel; of a transposed convolution -1 where no input meets the place.

    >>> taps(2, kernel=3, stride=2, padding=1, dilation=1)
    [3, 4, 5]
    >>> taps(2, kernel=4, stride=2, padding=1, dilation=1, transposed=True)
    [-1, 1, -1, 0]
    """
    if not transposed:
        return [position * stride - padding + dilation * place for place in range(kernel)]
    offsets = [position + padding - dilation * place for place in range(kernel)]
    return [offset // stride if offset >= 0 and offset % stride == 0 else -1 for offset in offsets]


def _resample(field: Field, source: Tensor, output: Tensor, reach: int) -> Field:
    def resample(span: Span) -> Span:
        if not span.dim or not _runs_along(span, source):
            return span.whole
        before, after = len(span.starts), output.shape[span.dim]
        if not reach:
            return span.windows([[position * before // after] for position in range(after)])
        centres = [(position + 0.5) * before / after - 0.5 for position in range(after)]
        return span.windows([_around(centre, reach, before) for centre in centres])

    return tuple(map(resample, field))


def _around(centre: float, reach: int, size: int) -> list[int]:
    """The positions that an interpolation between them uses; those beyond an end are the end."""
    low = int(np.floor(centre))
    return [min(max(each, 0), size - 1) for each in range(low - reach + 1, low + reach + 1)]


def _pad(field: Field, source: Tensor, widths: Sequence[int], name: str) -> Field:
    def pad(span: Span) -> Span:
        if not span.dim or -span.dim * 2 > len(widths):
            return span
        before, after = widths[2 * (-span.dim - 1) : 2 * -span.dim]
        size = len(span.starts)
        return span.windows([[_mirrored(index, size, name)] for index in range(-before, size + after)])

    return tuple(map(pad, field))


def _mirrored(index: int, size: int, name: str) -> int:
    if 0 <= index < size or name == "constant_pad_nd":
        return index
    if name.startswith("replication"):
        return min(max(index, 0), size - 1)
    return -index if index < 0 else 2 * (size - 1) - index


def _slice(field: Field, source: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Field:
    axis = dim % source.ndim - source.ndim
    return tuple(
        span.windows([[index] for index in range(source.shape[axis])[slice(start, end, step)]])
        if span.dim == axis
        else span
        for span in field
    )


def _reversed(span: Span, source: Tensor, dims: Sequence[int]) -> Span:
    if not span.dim or span.dim not in [each % source.ndim - source.ndim for each in dims]:
        return span
    return Span(span.starts[::-1].copy(), span.ends[::-1].copy(), span.dim)


def _moved(span: Span, order: Sequence[int], ndim: int) -> Span:
    if not span.dim:
        return span
    return Span(span.starts, span.ends, order.index(span.dim % ndim) - ndim)


@dataclass(frozen=True)
class Fields:
    """By layer the field of its output, and the shape of what they are measured on, (positions...)."""

    layers: dict[str, Field]
    size: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return sum(2 * span.starts.nbytes for field in self.layers.values() for span in field)


def receptive_fields(card: Card, prepared: ModelInput) -> Fields:
    """Of all layers for inputs of the shape of this one, from one pass."""
    shapes = tuple(tuple(tensor.shape) for tensor in prepared.tensors)

    def make() -> Fields:
        return get_runtime().run(partial(trace_fields, prepared), card.name)

    return CACHE.get(("fields", card.name, shapes), make)


@torch.no_grad()
def trace_fields(prepared: ModelInput, network: nn.Module) -> Fields:
    """For the worker alone."""
    tracker, layers = FieldTracker(), dict[str, Field]()
    size: list[int] = []
    begin = _beginning(prepared, tracker, size)

    def leave(name: str, module: nn.Module, output: Any) -> None:
        tensor = tensor_of(output)
        field = None if tensor is None else tracker.of(tensor)
        if field is not None:
            layers[name] = field

    def enter(name: str, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if name == prepared.root and inputs:
            begin(inputs[0])

    with hooked(network, enter, leave), tracker:
        prepared(network)
    return Fields(layers, tuple(size))


def _beginning(prepared: ModelInput, tracker: FieldTracker, size: list[int]) -> Callable[[Any], None]:
    """What starts the tracking at the input of the root; of texts there is nothing to track."""

    def begin(given: Any) -> None:
        if isinstance(given, Tensor) and given.is_floating_point() and not size:
            axes = 2 if given.ndim == 4 else 1
            size.extend(given.shape[-axes:])
            tracker.start(given, axes)

    return begin
