"""The ATen operators that change shapes, each as ONNX operators; for the table see ``writing``."""

from typing import Any

import numpy as np
from torch import Tensor

from zoo.core.errors import UnavailableError
from zoo.core.onnx.writing import Writer, axis_of, operator_for

# Shapes


@operator_for("view", "_unsafe_view", "squeeze.dim", "squeeze.dims", "unsqueeze")
def _reshape(w: Writer, result: Tensor, x: Any, *rest: Any) -> str:
    return w.add("Reshape", x, w.integers(*result.shape))


@operator_for("as_strided")
def _as_strided(w: Writer, result: Tensor, x: Any, size: Any, *rest: Any) -> str:
    if tuple(size) != x.shape:  # else torch changes the order in memory alone
        raise UnavailableError("A strided view has no translation to ONNX here: this network cannot be exported.")
    return w.name(x)


@operator_for("expand")
def _expand(w: Writer, result: Tensor, x: Any, *rest: Any, **options: Any) -> str:
    return w.add("Expand", x, w.integers(*result.shape))


@operator_for("permute")
def _permute(w: Writer, result: Tensor, x: Any, order: Any) -> str:
    return w.add("Transpose", x, perm=[axis_of(x, dim) for dim in order])


@operator_for("transpose.int")
def _transpose(w: Writer, result: Tensor, x: Any, first: int, second: int) -> str:
    order = list(range(len(x.shape)))
    first, second = axis_of(x, first), axis_of(x, second)
    order[first], order[second] = second, first
    return w.add("Transpose", x, perm=order)


@operator_for("slice.Tensor")
def _slice(w: Writer, result: Tensor, x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> str:
    bounds = ([start or 0], [2**62 if end is None else min(end, 2**62)], [axis_of(x, dim)], [step])
    return w.add("Slice", x, *(w.integers(*each) for each in bounds))


@operator_for("select.int")
def _select(w: Writer, result: Tensor, x: Any, dim: int, index: int) -> str:
    return w.add("Gather", x, w.graph.constant(index, np.int64), axis=axis_of(x, dim))


@operator_for("split.Tensor", "split_with_sizes")
def _split(w: Writer, result: Any, x: Any, size: Any, dim: int = 0) -> list[str]:
    sizes = w.integers(*(part.shape[dim] for part in result))
    return w.graph.add_many("Split", len(result), w.name(x), sizes, axis=axis_of(x, dim))


@operator_for("unbind.int")
def _unbind(w: Writer, result: Any, x: Any, dim: int = 0) -> list[str]:
    return [_select(w, part, x, dim, index) for index, part in enumerate(result)]


@operator_for("cat")
def _cat(w: Writer, result: Tensor, parts: Any, dim: int = 0) -> str:
    return w.add("Concat", *parts, axis=dim % result.ndim)


@operator_for("stack")
def _stack(w: Writer, result: Tensor, parts: Any, dim: int = 0) -> str:
    axis = dim % result.ndim
    return w.add("Concat", *(w.add("Unsqueeze", part, w.integers(axis)) for part in parts), axis=axis)


@operator_for("roll")
def _roll(w: Writer, result: Tensor, x: Any, shifts: Any, dims: Any) -> str:
    name = w.name(x)
    for shift, dim in zip(shifts, dims, strict=True):
        size = x.shape[dim]
        order = np.roll(np.arange(size), shift)
        name = w.add("Gather", name, w.integers(*order), axis=axis_of(x, dim))
    return name


@operator_for("constant_pad_nd")
def _pad(w: Writer, result: Tensor, x: Any, pads: Any, value: Any = 0.0) -> str:
    before, after = [0] * len(x.shape), [0] * len(x.shape)
    for index in range(len(pads) // 2):
        before[-1 - index], after[-1 - index] = pads[2 * index], pads[2 * index + 1]
    return w.add("Pad", x, w.integers(*before, *after), float(value))
