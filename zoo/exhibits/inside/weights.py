"""What one unit of a layer computes, taken out of the layer: its weights, bias and geometry, as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo.core.errors import InputError
from zoo.exhibits.inside.tree import is_leaf
from zoo.nets.packed import Int8Linear

Array = NDArray[np.float64]
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
ACTIVATIONS = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Hardswish, nn.Hardsigmoid, nn.ELU),
    *(nn.Identity, nn.Dropout, nn.Hardtanh, nn.PReLU, nn.Softplus, nn.Mish),
)
POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d)


@dataclass(frozen=True)
class Geometry:
    """By axis of a window. ``before``: the padding before the first index. ``transposed``: of a convolution."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    before: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    transposed: bool = False

    @property
    def settings(self) -> dict[str, str]:
        """For people: the names that PyTorch gives them."""
        names = {"kernel": self.kernel, "stride": self.stride, "padding": self.before, "dilation": self.dilation}
        written = {name: " × ".join(map(str, values)) for name, values in names.items()}
        return written | {"groups": str(self.groups)} | ({"transposed": "yes"} if self.transposed else {})


@dataclass(frozen=True)
class UnitWeights:
    """``kind``: which arithmetic, as in "convolution". ``weights``: (input channels, kernel...), (inputs,) or ().

    ``channels``: the input channels that the weights belong to. ``activation``: of an activation function.
    """

    kind: str
    weights: Array
    bias: float
    channels: range
    geometry: Geometry | None = None
    activation: Callable[[float], float] | None = None
    settings: dict[str, str] = field(default_factory=dict)


def unit_weights(layer: str, unit: int, network: nn.Module) -> UnitWeights:
    """Of a unit of a layer of ``network``. For the worker alone.

    Raises InputError for a layer whose arithmetic is not one sum of products, with the layers in it.
    """
    module: Any = network.get_submodule(layer)
    if isinstance(module, nn.modules.conv._ConvNd):
        return _convolution(module, unit)
    if isinstance(module, nn.Linear):
        return _linear(module.weight[unit], module.bias, unit)
    if type(module).__name__ == "Conv1D":  # of GPT-2, which stores (inputs, outputs)
        return _linear(module.weight[:, unit], module.bias, unit)
    if isinstance(module, Int8Linear):
        weight, bias = torch.ops.quantized.linear_unpack(module.weight)
        return _linear(weight.dequantize()[unit], bias, unit, {"weights": "8-bit integers"})
    if isinstance(module, nn.Embedding):
        return UnitWeights("embedding", array(module.weight[:, unit]), 0.0, range(module.num_embeddings))
    if isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1:
        gain = np.ones(()) if module.weight is None else array(module.weight[unit])
        settings = {"weight": f"{float(gain):.4g}", "epsilon": f"{module.eps:g}"}
        bias = bias_of(module.bias, unit)
        return UnitWeights("layer normalization", gain, bias, range(unit, unit + 1), settings=settings)
    if isinstance(module, NORMS):
        return _normalization(module, unit)
    if isinstance(module, POOLS):
        return _pool(module, unit)
    if isinstance(module, ACTIVATIONS):
        return UnitWeights("activation", np.ones(()), 0.0, range(unit, unit + 1), activation=_activation(module))
    raise InputError(_refusal(layer, module, network))


def _refusal(layer: str, module: nn.Module, network: nn.Module) -> str:
    kind = type(module).__name__
    if is_leaf(module):
        return f"The arithmetic of {kind} is not written out here: choose a convolution, a linear layer or the like."
    inner = [name for name, each in module.named_modules(prefix=layer) if is_leaf(each)][:5]
    return f"{kind} combines several layers: choose one of those in it, such as {', '.join(inner)}."


def array(tensor: Tensor) -> Array:
    converted: Array = tensor.detach().cpu().double().numpy()
    return converted


def bias_of(bias: Tensor | None, unit: int) -> float:
    return 0.0 if bias is None else float(bias[unit].detach())


def _linear(weight: Tensor, bias: Tensor | None, unit: int, settings: dict[str, str] | None = None) -> UnitWeights:
    return UnitWeights("linear", array(weight), bias_of(bias, unit), range(len(weight)), settings=settings or {})


def _convolution(module: Any, unit: int) -> UnitWeights:
    axes = len(module.kernel_size)
    if module.padding_mode != "zeros":
        raise InputError(f"Padding of the kind {module.padding_mode} is not written out here: choose another layer.")
    before = tuple(module._reversed_padding_repeated_twice[::-1][::2]) if module.padding == "same" else module.padding
    before = (0,) * axes if before == "valid" else before
    geometry = Geometry(
        module.kernel_size, module.stride, tuple(before), module.dilation, module.groups, module.transposed
    )
    inputs, outputs = module.in_channels // module.groups, module.out_channels // module.groups
    group = unit // outputs
    channels = range(group * inputs, (group + 1) * inputs)
    weight = module.weight[channels.start : channels.stop, unit % outputs] if module.transposed else module.weight[unit]
    return UnitWeights("convolution", array(weight), bias_of(module.bias, unit), channels, geometry)


def _normalization(module: Any, unit: int) -> UnitWeights:
    """y = scale · x + shift, with the stored mean and variance."""
    if module.running_mean is None:
        raise InputError("This normalization takes its mean from the input itself: choose another layer.")
    gain = 1.0 if module.weight is None else float(module.weight[unit].detach())
    mean, std = float(module.running_mean[unit]), float((module.running_var[unit] + module.eps).sqrt())
    shift = bias_of(module.bias, unit) - gain * mean / std
    settings = {"mean": f"{mean:.4g}", "standard deviation": f"{std:.4g}", "weight": f"{gain:.4g}"}
    return UnitWeights("normalization", np.array(gain / std), shift, range(unit, unit + 1), settings=settings)


def _pool(module: Any, unit: int) -> UnitWeights:
    axes = 2 if "2d" in type(module).__name__ else 1

    def by_axis(value: Any) -> tuple[int, ...]:
        return tuple(value) if isinstance(value, tuple) else (int(value),) * axes

    kernel = by_axis(module.kernel_size)
    largest = isinstance(module, nn.MaxPool1d | nn.MaxPool2d)
    if not largest and not module.count_include_pad:
        raise InputError("A mean that leaves the padding out is not written out here: choose another layer.")
    dilation = by_axis(module.dilation) if largest else (1,) * axes
    geometry = Geometry(kernel, by_axis(module.stride), by_axis(module.padding), dilation)
    weights = np.ones(()) if largest else np.full(kernel, 1 / float(np.prod(kernel)))
    return UnitWeights("maximum" if largest else "mean", weights, 0.0, range(unit, unit + 1), geometry)


def _activation(module: nn.Module) -> Callable[[float], float]:
    """The function in float64 on a copy, so that no shared module is called."""
    import copy

    own = copy.deepcopy(module).double().cpu()

    def apply(value: float) -> float:
        with torch.no_grad():
            return float(own(torch.tensor([[value]], dtype=torch.float64)))

    return apply
