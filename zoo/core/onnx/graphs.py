"""An ONNX graph that is written node by node."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # of 2022: runtimes of the last years read them
MIN_HALF = 1024  # values of a tensor that is worth a cast


class Graph:
    """Nodes and initializers. A value goes by its name, a text.

    ``parent``: the graph around this one, where it is the body of a loop or a branch; it may use the values of it.
    """

    def __init__(self, parent: "Graph | None" = None) -> None:
        self.root: Graph = parent.root if parent else self
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def name(self, stem: str) -> str:
        """A name that nothing has yet, in the whole model."""
        self.root._count += 1
        return f"{stem}_{self.root._count}"

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, whose name it returns. "" is an optional input that is left out."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """A node with ``count`` outputs: their names."""
        outputs = [self.name(operator.lower()) for _ in range(count)]
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def constant(self, value: ArrayLike, dtype: Any = None) -> str:
        """A constant of the model: an array or a number."""
        return self.tensor(self.name("constant"), np.asarray(value, dtype))

    def tensor(self, name: str, value: NDArray[Any]) -> str:
        """A named tensor of the model. Large ones that half precision holds exactly are stored in half precision."""
        root = self.root
        if name in root.initializers:
            return name
        if value.dtype == np.float32 and value.size >= MIN_HALF and np.array_equal(_half(value), value):
            half = f"{name}.half"
            root.initializers[half] = numpy_helper.from_array(value.astype(np.float16), half)
            root.nodes.insert(0, helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
            root.initializers[name] = root.initializers[half]  # known by both names, and stored once
        else:
            root.initializers[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def proto(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> onnx.GraphProto:
        """The finished graph."""
        used = _inputs_of(self.nodes)
        stored = {tensor.name: tensor for tensor in self.initializers.values() if tensor.name in used}
        return helper.make_graph(self.nodes, name, inputs, outputs, list(stored.values()))


def _inputs_of(nodes: Iterable[onnx.NodeProto]) -> set[str]:
    """The names of all values that nodes use, inside of loops and branches too."""
    used: set[str] = set()
    for node in nodes:
        used.update(node.input)
        for attribute in node.attribute:
            used |= _inputs_of(attribute.g.node)
    return used


def _half(value: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):  # what half precision cannot hold is infinite there, and so not equal
        return value.astype(np.float16).astype(np.float32)


class Term:
    """A value of a graph in an expression: ``a * 2 + b`` adds the nodes. Numbers take the other side's type."""

    def __init__(self, graph: Graph, name: str, dtype: Any) -> None:
        self.graph, self.name, self.dtype = graph, name, np.dtype(dtype)

    def _with(self, operator: str, other: "Term | float", turned: bool = False, dtype: Any = None) -> "Term":
        name = other.name if isinstance(other, Term) else self.graph.constant(other, self.dtype)
        inputs = (name, self.name) if turned else (self.name, name)
        return Term(self.graph, self.graph.add(operator, *inputs), dtype or self.dtype)

    def __add__(self, other: "Term | float") -> "Term":
        return self._with("Add", other)

    def __sub__(self, other: "Term | float") -> "Term":
        return self._with("Sub", other)

    def __mul__(self, other: "Term | float") -> "Term":
        return self._with("Mul", other)

    def __truediv__(self, other: "Term | float") -> "Term":
        return self._with("Div", other)

    def __radd__(self, other: float) -> "Term":
        return self._with("Add", other, turned=True)

    def __rsub__(self, other: float) -> "Term":
        return self._with("Sub", other, turned=True)

    def __rtruediv__(self, other: float) -> "Term":
        return self._with("Div", other, turned=True)

    def __lt__(self, other: "Term | float") -> "Term":
        return self._with("Less", other, dtype=bool)

    def __le__(self, other: "Term | float") -> "Term":
        return self._with("LessOrEqual", other, dtype=bool)

    def at_least(self, other: "Term | float") -> "Term":
        return self._with("Max", other)

    def at_most(self, other: "Term | float") -> "Term":
        return self._with("Min", other)

    def apply(self, operator: str, *inputs: str, **attributes: Any) -> "Term":
        """An operator that keeps the type: Floor, Abs, Reshape, ..."""
        return Term(self.graph, self.graph.add(operator, self.name, *inputs, **attributes), self.dtype)

    def cast(self, dtype: Any) -> "Term":
        """Of another type; floats become integers without their fraction."""
        to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return Term(self.graph, self.graph.add("Cast", self.name, to=to), dtype)

    def reshape(self, *shape: "int | Term") -> "Term":
        """A shape of numbers, and of terms that are int64 and have no axis."""
        numbers = [each for each in shape if not isinstance(each, Term)]
        if len(numbers) == len(shape):
            return self.apply("Reshape", self.graph.constant(numbers, np.int64))
        parts = [each if isinstance(each, Term) else Term(self.graph, self.graph.constant(each, np.int64), np.int64)
                 for each in shape]  # fmt: skip
        one = self.graph.constant([1], np.int64)
        return self.apply("Reshape", self.graph.add("Concat", *(p.apply("Reshape", one).name for p in parts), axis=0))


def where(condition: Term, yes: Term, no: Term) -> Term:
    """``yes`` where the condition is true, else ``no``."""
    return Term(yes.graph, yes.graph.add("Where", condition.name, yes.name, no.name), yes.dtype)


def either(
    condition: Term,
    yes: Sequence[Term],
    no: Sequence[Term],
    yes_graph: Graph | None = None,
    no_graph: Graph | None = None,
) -> list[Term]:
    """``yes`` where the condition, without axes, is true, else ``no``: values of any shapes, one by one.

    ``yes_graph``, ``no_graph``: nodes that are computed for the one or the other alone.
    """
    graph = condition.graph
    branches = []
    for terms, branch in ((yes, yes_graph or Graph(graph)), (no, no_graph or Graph(graph))):
        outputs = [branch.add("Identity", term.name) for term in terms]
        kinds = [helper.np_dtype_to_tensor_dtype(term.dtype) for term in terms]
        infos = [helper.make_tensor_value_info(n, kind, None) for n, kind in zip(outputs, kinds, strict=True)]
        branches.append(branch.proto(graph.name("branch"), [], infos))
    names = graph.add_many("If", len(yes), condition.name, then_branch=branches[0], else_branch=branches[1])
    return [Term(graph, name, term.dtype) for name, term in zip(names, yes, strict=True)]
