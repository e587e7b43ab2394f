"""What the translations of ATen operators share: values, the writer of a graph, and their table.

``OPERATORS`` has a function for each operator: of the writer, torch's own result (for its shape), and the operator's
arguments. It returns the name of the result, or those of several. Composite operators of torch never come: ``linear``
is ``addmm`` here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from zoo.core.onnx.graphs import Graph

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
        array = value.detach().numpy()
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


def operator_for(*names: str) -> Callable[[Operator], Operator]:
    """Register a function for ATen operators; ``relu`` stands for ``aten.relu.default`` and ``aten.relu_.default``."""

    def register(function: Operator) -> Operator:
        for name in names:
            base, _, overload = name.partition(".")
            for form in (base, f"{base}_"):
                OPERATORS[f"aten.{form}.{overload or 'default'}"] = function
        return function

    return register


def axis_of(value: Value, dim: int) -> int:
    return dim % len(value.shape)
