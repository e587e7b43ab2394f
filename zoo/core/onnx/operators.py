"""The ATen operators of layers, and of values one by one, each as ONNX operators; for the table see ``writing``."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.core.onnx.writing import TRANSPOSED, Operator, Writer, axis_of, operator_for


def _pair(value: Any) -> list[int]:
    return [int(each) for each in value] if isinstance(value, Sequence) and len(value) > 1 else [*_single(value)] * 2


def _single(value: Any) -> list[int]:
    return [int(value[0])] if isinstance(value, Sequence) else [int(value)]


# Layers


@operator_for("convolution")
def _convolution(
    w: Writer, result: Tensor, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any,
    transposed: bool, output_padding: Any, groups: int,
) -> str:  # fmt: skip
    inputs = (x, weight) if bias is None else (x, weight, bias)
    shape = {"strides": stride, "pads": [*padding, *padding], "dilations": dilation, "group": groups}
    if transposed:
        return w.add("ConvTranspose", *inputs, output_padding=output_padding, **shape)
    return w.add("Conv", *inputs, **shape)


@operator_for("native_batch_norm")
def _batch_norm(
    w: Writer, result: Any, x: Any, weight: Any, bias: Any, mean: Any, variance: Any, training: bool,
    momentum: float, eps: float,
) -> list[str]:  # fmt: skip
    return [w.add("BatchNormalization", x, weight, bias, mean, variance, epsilon=eps)]


@operator_for("native_layer_norm")
def _layer_norm(w: Writer, result: Any, x: Any, over: Any, weight: Any, bias: Any, eps: float) -> list[str]:
    weight = torch.ones(*over) if weight is None else weight
    inputs = (x, weight) if bias is None else (x, weight, bias)
    return [w.add("LayerNormalization", *inputs, axis=-len(over), epsilon=eps)]


@operator_for("addmm")
def _addmm(w: Writer, result: Tensor, bias: Any, x: Any, weight: Any) -> str:
    parameter = getattr(weight, TRANSPOSED, None)  # stored once, under its own name
    return w.add("Gemm", x, weight, bias) if parameter is None else w.add("Gemm", x, parameter, bias, transB=1)


@operator_for("mm", "bmm")
def _product(w: Writer, result: Tensor, a: Any, b: Any) -> str:
    return w.add("MatMul", a, b)


@operator_for("max_pool2d_with_indices")
def _max_pool2d(
    w: Writer, result: Tensor, x: Any, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil: Any = 0
) -> list[str]:
    sizes = {"kernel_shape": kernel, "strides": stride or kernel, "pads": padding, "dilations": dilation}
    sizes = {name: _pair(size) * (2 if name == "pads" else 1) for name, size in sizes.items()}
    return [w.add("MaxPool", x, ceil_mode=int(ceil), **sizes)]


@operator_for("avg_pool2d")
def _avg_pool2d(
    w: Writer, result: Tensor, x: Any, kernel: Any, stride: Any = (), padding: Any = 0, ceil: Any = 0,
    count_padding: bool = True, divisor: Any = None,
) -> str:  # fmt: skip
    return w.add(
        "AveragePool", x, kernel_shape=_pair(kernel), strides=_pair(stride or kernel), pads=_pair(padding) * 2,
        ceil_mode=int(ceil), count_include_pad=int(count_padding),
    )  # fmt: skip


@operator_for("_adaptive_avg_pool2d")
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


@operator_for("_scaled_dot_product_flash_attention_for_cpu")
def _attention(
    w: Writer, result: Tensor, q: Any, k: Any, v: Any, *rest: Any, scale: Any = None, **options: Any
) -> list[str]:
    ndim = len(q.shape)
    keys = w.add("Transpose", k, perm=[*range(ndim - 2), ndim - 1, ndim - 2])
    scores = w.add("Mul", w.add("MatMul", q, keys), scale or q.shape[-1] ** -0.5)
    return [w.add("MatMul", w.add("Softmax", scores, axis=-1), v)]


@operator_for("upsample_bilinear2d")
def _upsample(w: Writer, result: Tensor, x: Any, size: Any, align_corners: bool, *scales: float | None) -> str:
    sizes = zip(x.shape[-2:], result.shape[-2:], scales or (None, None), strict=True)
    factors = [scale or after / before for before, after, scale in sizes]
    given = w.graph.constant([1, 1, *factors], np.float32)
    mode = "align_corners" if align_corners else "half_pixel"
    return w.add("Resize", x, "", given, mode="linear", coordinate_transformation_mode=mode)


@operator_for("upsample_nearest2d")
def _upsample_nearest(w: Writer, result: Tensor, x: Any, size: Any, *scales: float | None) -> str:
    factors = [after / before for before, after in zip(x.shape[-2:], result.shape[-2:], strict=True)]
    given = w.graph.constant([1, 1, *factors], np.float32)
    return w.add(
        "Resize", x, "", given, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )


# Value by value


def _unary(operator: str) -> Operator:
    return lambda w, result, x, *rest, **options: w.add(operator, x)


for _name in ("relu", "sigmoid", "tanh", "exp", "log", "abs"):
    operator_for(_name)(_unary(_name.capitalize()))
for _name, _operator in {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div"}.items():
    # ``alpha``, a factor of the second operand, is not used by these networks.
    operator_for(f"{_name}.Tensor", f"{_name}.Scalar")(
        lambda w, result, a, b, operator=_operator: w.add(operator, a, b)
    )
for _name, _operator in {"maximum": "Max", "minimum": "Min", "gt.Tensor": "Greater", "lt.Tensor": "Less"}.items():
    operator_for(_name)(lambda w, result, a, b, operator=_operator: w.add(operator, a, b))
for _name in ("clone", "alias", "detach"):
    operator_for(_name)(lambda w, result, x, *rest, **options: w.name(x))


@operator_for("rsub.Scalar")
def _rsub(w: Writer, result: Tensor, x: Any, other: Any, alpha: Any = 1) -> str:
    return w.add("Sub", other, x)


@operator_for("where.self")
def _where(w: Writer, result: Tensor, condition: Any, yes: Any, no: Any) -> str:
    return w.add("Where", condition, yes, no)


@operator_for("hardtanh", "clamp", "clamp_min")
def _clamp(w: Writer, result: Tensor, x: Any, low: Any = -1.0, high: Any = None) -> str:
    return w.add("Clip", x, *("" if bound is None else w.name(bound) for bound in (low, high)))


@operator_for("leaky_relu")
def _leaky_relu(w: Writer, result: Tensor, x: Any, negative_slope: float = 0.01) -> str:
    return w.add("LeakyRelu", x, alpha=negative_slope)


@operator_for("silu")
def _silu(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("Mul", x, w.add("Sigmoid", x))


@operator_for("hardsigmoid")
def _hardsigmoid(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@operator_for("hardswish")
def _hardswish(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("HardSwish", x)


@operator_for("gelu")
def _gelu(w: Writer, result: Tensor, x: Any) -> str:
    return w.add("Mul", w.add("Mul", x, 0.5), w.add("Add", w.add("Erf", w.add("Mul", x, 0.5**0.5)), 1.0))


@operator_for("lerp.Scalar")
def _lerp(w: Writer, result: Tensor, a: Any, b: Any, weight: float) -> str:
    return w.add("Add", w.add("Mul", a, 1 - weight), w.add("Mul", b, weight))


# Over axes


@operator_for("_softmax")
def _softmax(w: Writer, result: Tensor, x: Any, dim: int, half: bool) -> str:
    return w.add("Softmax", x, axis=dim)


@operator_for("_log_softmax")
def _log_softmax(w: Writer, result: Tensor, x: Any, dim: int, half: bool) -> str:
    return w.add("LogSoftmax", x, axis=dim)


@operator_for("logsumexp")
def _logsumexp(w: Writer, result: Tensor, x: Any, dim: Any, keepdim: bool = False) -> str:
    return w.add("ReduceLogSumExp", x, axes=_single(dim), keepdims=int(keepdim))


@operator_for("mean.dim")
def _mean(w: Writer, result: Tensor, x: Any, dims: Any, keepdim: bool = False, dtype: Any = None) -> str:
    axes = [axis_of(x, dim) for dim in ([dims] if isinstance(dims, int) else dims)]
    return w.add("ReduceMean", x, axes=axes, keepdims=int(keepdim))


@operator_for("linalg_vector_norm")
def _norm(
    w: Writer, result: Tensor, x: Any, order: float = 2, dims: Any = None, keepdim: bool = False, **_: Any
) -> str:
    assert order == 2
    return w.add("ReduceL2", x, axes=list(dims), keepdims=int(keepdim))


for _name, _operator in {"amax": "ReduceMax", "amin": "ReduceMin"}.items():
    operator_for(_name)(
        lambda w, result, x, dims, keepdim=False, operator=_operator: w.add(
            operator, x, axes=[axis_of(x, dim) for dim in dims], keepdims=int(keepdim)
        )
    )


@operator_for("sum.dim_IntList")
def _sum(w: Writer, result: Tensor, x: Any, dims: Any, keepdim: bool = False, dtype: Any = None) -> str:
    return w.add("ReduceSum", x, w.integers(*(axis_of(x, dim) for dim in dims)), keepdims=int(keepdim))
