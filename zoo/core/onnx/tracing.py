"""A network's computation as ONNX operators, recorded while it computes.

The network is run once on a black picture. Each ATen operator that depends on the picture is written as it is called,
in a fraction of a second, where ``torch.onnx.export`` takes a minute. What does not depend on the picture is a constant
of the graph.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from zoo.core.errors import UnavailableError
from zoo.core.onnx import operators, shape_operators
from zoo.core.onnx.graphs import Graph
from zoo.core.onnx.writing import OPERATORS, TRANSPOSED, Value, Writer

_NAME = "_name_in_graph"  # an attribute of tensors that depend on the picture
_SHAPE_ALONE = {"aten.new_zeros.default", "aten.new_ones.default", "aten.new_full.default"}  # use no value of a tensor
TABLES = (operators, shape_operators)  # importing them fills the table
_recording = threading.Lock()  # a switch of torch for the whole process is turned meanwhile


def write_network(graph: Graph, network: nn.Module, pixels: str, shape: Sequence[int]) -> str:
    """Add a network in evaluation mode, on the CPU, to a graph; the name of its logits (1, num_classes).

    ``pixels``: the name of its input, of ``shape``. Tensors get the names of the network's parameters. Raises
    UnavailableError for an operator that has no translation.
    """
    picture = torch.zeros(*shape)
    setattr(picture, _NAME, pixels)
    recorder = _Recorder(graph, dict(network.named_parameters()) | dict(network.named_buffers()))
    fast = torch.backends.mha.get_fastpath_enabled()
    with _recording, torch.no_grad():
        torch.backends.mha.set_fastpath_enabled(False)  # one kernel for a layer: nothing in it could be translated
        try:
            with recorder:
                logits = network(picture)
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
    name: str = getattr(logits, _NAME)
    return name


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes each operator that is called inside the block. ``tensors``: the network's, by name."""

    def __init__(self, graph: Graph, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._writer = Writer(graph, {id(tensor): name for name, tensor in tensors.items()})

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Without this, torch imports its compiler, for seconds, to be told not to compile."""
        return False

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        # Before the call: an operator that works in place would change them.
        given: tuple[Any, Any] = tree_map(_value_of, (args, dict(kwargs)))
        result = operator(*args, **kwargs)
        if str(operator) in _SHAPE_ALONE or not any(isinstance(each, Value) for each in tree_leaves(given)):
            if str(operator) == "aten.t.default":
                setattr(result, TRANSPOSED, args[0])
            return result
        write = OPERATORS.get(str(operator))
        if write is None:
            raise UnavailableError(f"{operator} has no translation to ONNX here: this network cannot be exported.")
        written = write(self._writer, result, *given[0], **given[1])
        if isinstance(result, Tensor):
            setattr(result, _NAME, written)
        else:
            for tensor, name in zip(result, written, strict=False):  # further results are not used outside of training
                setattr(tensor, _NAME, name)
        return result


def _value_of(argument: Any) -> Any:
    """What the writer has of an argument: tensors that depend on the picture are values of the graph."""
    if isinstance(argument, Tensor) and hasattr(argument, _NAME):
        return Value(getattr(argument, _NAME), tuple(argument.shape))
    return argument
