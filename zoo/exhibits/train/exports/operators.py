"""The ATen operators of picture classifiers, each as ONNX operators.

``OPERATORS`` has a function for each: of the writer, torch's own result (for its shape), and the operator's arguments.
It returns the name of the result, or those of several. Composite operators of torch never come: ``linear`` is
``addmm`` here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from zoo.core.errors import UnavailableError
from zoo.exhibits.train.exports.graphs import Graph

TRANSPOSED = "_transpose_of"  # an attribute of constants: the parameter that they are the transpose of


@dataclass(frozen=True)
class Value:
    """A value of the graph."""

    name: str
    shape: tuple[int, ...]


@dataclass
class Writer:
    """``names``: of constant tensors, by identity; ``kept``: those that nothing else keeps alive."""

    graph: Graph
    names: dict[int, str]
    kept: list[Tensor] = field(default_factory=list)

    def name(self, value: Any) -> str:
        """The name of a value, or of a constant that is added: a tensor, a number."""
        if isinstance(value, Value):
            return value.name
        if not isinstance(value, Tensor):
            return self.graph.constant(value, np.float32)
        array = value.numpy()
        if id(value) not in self.names:
            self.names[id(value)] = self.graph.name("constant")
            self.kept.append(value)
        return self.graph.tensor(
            self.names[id(value)], array.astype(np.float32) if array.ndim == 0 and array.dtype == np.float64 else array
        )

    def add(self, operator: str, *inputs: Any, **attributes: Any) -> str:
        """A node; inputs that are texts are names already."""
        names = (each if isinstance(each, str) else self.name(each) for each in inputs)
        return self.graph.add(operator, *names, **attributes)

    def integers(self, *values: int) -> str:
        """A constant list."""
        return self.graph.constant(values, np.int64)


Operator: TypeAlias = Callable[..., Any]
OPERATORS: dict[str, Operator] = {}


def _for(*names: str) -> Callable[[Operator], Operator]:
    """Register a function for ATen operators; ``relu`` stands for ``aten.relu.default`` and ``aten.relu_.default``."""

    def register(function: Operator) -> Operator:
        for name in names:
            base, _, overload = name.partition(".")
            for form in (base, f"{base}_"):
                OPERATORS[f"aten.{form}.{overload or 'default'}"] = function
        return function

    return register


def _pair(value: Any) -> list[int]:
    return [int(each) for each in value] if isinstance(value, Sequence) and len(value) > 1 else [*_single(value)] * 2


def _single(value: Any) -> list[int]:
    return [int(value[0])] if isinstance(value, Sequence) else [int(value)]


def _axis(value: Value, dim: int) -> int:
    return dim % len(value.shape)


# Layers


@_for("convolution")
def _convolution(
    w: Writer, result: Tensor, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any,
    transposed: bool, output_padding: Any, groups: int,
) -> str:  # fmt: skip
    if transposed:
        raise UnavailableError("A transposed convolution has no translation to ONNX here.")
    inputs = (x, weight) if bias is None else (x, weight, bias)
    return w.add("Conv", *inputs, strides=stride, pads=[*padding, *padding], dilations=dilation, group=groups)


@_for("native_batch_norm")
def _batch_norm(
    w: Writer, result: Any, x: Any, weight: Any, bias: Any, mean: Any, variance: Any, training: bool,
    momentum: float, eps: float,
) -> list[str]:  # fmt: skip
    return [w.add("BatchNormalization", x, weight, bias, mean, variance, epsilon=eps)]


@_for("native_layer_norm")
def _layer_norm(w: Writer, result: Any, x: Any, over: Any, weight: Any, bias: Any, eps: float) -> list[str]:
    weight = torch.ones(*over) if weight is None else weight
    inputs = (x, weight) if bias is None else (x, weight, bias)
    return [w.add("LayerNormalization", *inputs, axis=-len(over), epsilon=eps)]


@_for("addmm")
def _addmm(w: Writer, result: Tensor, bias: Any, x: Any, weight: Any) -> str:
    parameter = getattr(weight, TRANSPOSED, None)  # stored once, under its own name
    return w.add("Gemm", x, weight, bias) if parameter is None else w.add("Gemm", x, parameter, bias, transB=1)


@_for("mm", "bmm")
def _product(w: Writer, result: Tensor, a: Any, b: Any) -> str:
    return w.add("MatMul", a, b)


@_for("max_pool2d_with_indices")
def _max_pool2d(
    w: Writer, result: Tensor, x: Any, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil: Any = 0
) -> list[str]:
    sizes = {"kernel_shape": kernel, "strides": stride or kernel, "pads": padding, "dilations": dilation}
    sizes = {name: _pair(size) * (2 if name == "pads" else 1) for name, size in sizes.items()}
    return [w.add("MaxPool", x, ceil_mode=int(ceil), **sizes)]


@_for("avg_pool2d")
def _avg_pool2d(
    w: Writer, result: Tensor, x: Any, kernel: Any, stride: Any = (), padding: Any = 0, ceil: Any = 0,
    count_padding: bool = True, divisor: Any = None,
) -> str:  # fmt: skip
    return w.add(
        "AveragePool", x, kernel_shape=_pair(kernel), strides=_pair(stride or kernel), pads=_pair(padding) * 2,
        ceil_mode=int(ceil), count_include_pad=int(count_padding),
    )  # fmt: skip


@_for("_adaptive_avg_pool2d")
def _adaptive_avg_pool2d(w: Writer, result: Tensor, x: Any, size: Any) -> str:
    if tuple(size) == (1, 1):
        return w.add("GlobalAveragePool", x)
    rows, columns = (_averages(before, after) for before, after in zip(x.shape[-2:], result.shape[-2:], strict=True))
    return w.add("MatMul", w.add("MatMul", rows, x), columns.T.contiguous())


def _averages(before: int, after: int) -> Tensor:
    """(after, before): the mean of each of ``after`` parts, which overlap where ``before`` is no multiple of it."""
    weights = torch.zeros(after, before)
    for index in range(after):
        start, end = index * before // after, math.ceil((index + 1) * before / after)
        weights[index, start:end] = 1 / (end - start)
    return weights


@_for("_scaled_dot_product_flash_attention_for_cpu")
def _attention(
    w: Writer, result: Tensor, q: Any, k: Any, v: Any, *rest: Any, scale: Any = None, **options: Any
) -> list[str]:
    ndim = len(q.shape)
    keys = w.add("Transpose", k, perm=[*range(ndim - 2), ndim - 1, ndim - 2])
    scores = w.add("Mul", w.add("MatMul", q, keys), scale or q.shape[-1] ** -0.5)
    return [w.add("MatMul", w.add("Softmax", scores, axis=-1), v)]


@_for("upsample_bilinear2d")
def _upsample(w: Writer, result: Tensor, x: Any, size: Any, align_corners: bool, *scales: float | None) -> str:
    sizes = zip(x.shape[-2:], result.shape[-2:], scales or (None, None), strict=True)
    factors = [scale or after / before for before, after, scale in sizes]
    given = w.graph.constant([1, 1, *factors], np.float32)
    mode = "align_corners" if align_corners else "half_pixel"
    return w.add("Resize", x, "", given, mode="linear", coordinate_transformation_mode=mode)


# Value by value


def _unary(operator: str) -> Operator:
    return lambda w, result, x, *rest, **options: w.add(operator, x)


for _name, _operator in {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "exp": "Exp", "log": "Log"}.items():
    _for(_name)(_unary(_operator))
for _name, _operator in {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div"}.items():
    # ``alpha``, a factor of the second operand, is not used by these networks.
    _for(f"{_name}.Tensor", f"{_name}.Scalar")(lambda w, result, a, b, operator=_operator: w.add(operator, a, b))
for _name in ("clone", "alias", "detach"):
    _for(_name)(lambda w, result, x, *rest, **options: w.name(x))


@_for("hardtanh", "clamp", "clamp_min")
def _clamp(w: Writer, result: Tensor, x: Any, low: Any = -1.0, high: Any = None) -> str:
    return w.add("Clip", x, *("" if bound is None else w.name(bound) for bound in (low, high)))


@_for("silu")
def _silu(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("Mul", x, w.add("Sigmoid", x))


@_for("hardsigmoid")
def _hardsigmoid(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@_for("hardswish")
def _hardswish(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("HardSwish", x)


@_for("gelu")
def _gelu(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("Mul", w.add("Mul", x, 0.5), w.add("Add", w.add("Erf", w.add("Mul", x, 0.5**0.5)), 1.0))


@_for("lerp.Scalar")
def _lerp(w: Writer, result: Tensor, a: Any, b: Any, weight: float) -> str:
    return w.add("Add", w.add("Mul", a, 1 - weight), w.add("Mul", b, weight))


# Over axes


@_for("_softmax")
def _softmax(w: Writer, result: Tensor, x: Any, dim: int, half: bool) -> str:
    return w.add("Softmax", x, axis=dim)


@_for("_log_softmax")
def _log_softmax(w: Writer, result: Tensor, x: Any, dim: int, half: bool) -> str:
    return w.add("LogSoftmax", x, axis=dim)


@_for("logsumexp")
def _logsumexp(w: Writer, result: Tensor, x: Any, dim: Any, keepdim: bool = False) -> str:
    return w.add("ReduceLogSumExp", x, axes=_single(dim), keepdims=int(keepdim))


@_for("mean.dim")
def _mean(w: Writer, result: Tensor, x: Any, dims: Any, keepdim: bool = False, dtype: Any = None) -> str:
    axes = [_axis(x, dim) for dim in ([dims] if isinstance(dims, int) else dims)]
    return w.add("ReduceMean", x, axes=axes, keepdims=int(keepdim))


@_for("linalg_vector_norm")
def _norm(
    w: Writer, result: Tensor, x: Any, order: float = 2, dims: Any = None, keepdim: bool = False, **_: Any
) -> str:
    assert order == 2
    return w.add("ReduceL2", x, axes=list(dims), keepdims=int(keepdim))


# Shapes


@_for("view", "_unsafe_view", "squeeze.dim", "squeeze.dims", "unsqueeze")
def _reshape(w: Writer, result: Tensor, x: Any, *rest: Any) -> str:
    return w.add("Reshape", x, w.integers(*result.shape))


@_for("as_strided")
def _as_strided(w: Writer, result: Tensor, x: Any, size: Any, *rest: Any) -> str:
    if tuple(size) != x.shape:  # else torch changes the order in memory alone
        raise UnavailableError("A strided view has no translation to ONNX here: this network cannot be exported.")
    return w.name(x)


@_for("expand")
def _expand(w: Writer, result: Tensor, x: Any, *rest: Any, **options: Any) -> str:
    return w.add("Expand", x, w.integers(*result.shape))


@_for("permute")
def _permute(w: Writer, result: Tensor, x: Any, order: Any) -> str:
    return w.add("Transpose", x, perm=[_axis(x, dim) for dim in order])


@_for("transpose.int")
def _transpose(w: Writer, result: Tensor, x: Any, first: int, second: int) -> str:
    order = list(range(len(x.shape)))
    first, second = _axis(x, first), _axis(x, second)
    order[first], order[second] = second, first
    return w.add("Transpose", x, perm=order)


@_for("slice.Tensor")
def _slice(w: Writer, result: Tensor, x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> str:
    bounds = ([start or 0], [2**62 if end is None else min(end, 2**62)], [_axis(x, dim)], [step])
    return w.add("Slice", x, *(w.integers(*each) for each in bounds))


@_for("select.int")
def _select(w: Writer, result: Tensor, x: Any, dim: int, index: int) -> str:
    return w.add("Gather", x, w.graph.constant(index, np.int64), axis=_axis(x, dim))


@_for("split.Tensor", "split_with_sizes")
def _split(w: Writer, result: Any, x: Any, size: Any, dim: int = 0) -> list[str]:
    sizes = w.integers(*(part.shape[dim] for part in result))
    return w.graph.add_many("Split", len(result), w.name(x), sizes, axis=_axis(x, dim))


@_for("unbind.int")
def _unbind(w: Writer, result: Any, x: Any, dim: int = 0) -> list[str]:
    return [_select(w, part, x, dim, index) for index, part in enumerate(result)]


@_for("cat")
def _cat(w: Writer, result: Tensor, parts: Any, dim: int = 0) -> str:
    return w.add("Concat", *parts, axis=dim % result.ndim)


@_for("stack")
def _stack(w: Writer, result: Tensor, parts: Any, dim: int = 0) -> str:
    axis = dim % result.ndim
    return w.add("Concat", *(w.add("Unsqueeze", part, w.integers(axis)) for part in parts), axis=axis)


@_for("roll")
def _roll(w: Writer, result: Tensor, x: Any, shifts: Any, dims: Any) -> str:
    name = w.name(x)
    for shift, dim in zip(shifts, dims, strict=True):
        size = x.shape[dim]
        order = np.roll(np.arange(size), shift)
        name = w.add("Gather", name, w.integers(*order), axis=_axis(x, dim))
    return name


@_for("constant_pad_nd")
def _pad(w: Writer, result: Tensor, x: Any, pads: Any, value: Any = 0.0) -> str:
    before, after = [0] * len(x.shape), [0] * len(x.shape)
    for index in range(len(pads) // 2):
        before[-1 - index], after[-1 - index] = pads[2 * index], pads[2 * index + 1]
    return w.add("Pad", x, w.integers(*before, *after), float(value))
