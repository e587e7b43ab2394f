"""A whole network as one ONNX file: floats in, floats out."""

from collections.abc import Sequence

from onnx import TensorProto, helper
from torch import nn

from zoo.core.onnx.graphs import IR_VERSION, OPSET, Graph
from zoo.core.onnx.tracing import write_network

INPUT, OUTPUT = "inputs", "outputs"


def network_file(network: nn.Module, shape: Sequence[int]) -> bytes:
    """The file of a network in evaluation mode, on the CPU, of one tensor of ``shape`` to one tensor.

    Its input is named "inputs" and its output "outputs"; the size of the batch is that of ``shape``. Raises
    UnavailableError for an operator that has no translation.
    """
    graph = Graph()
    written = write_network(graph, network, INPUT, shape)
    graph.nodes.append(helper.make_node("Identity", [written], [OUTPUT]))
    given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, list(shape))
    computed = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, None)
    model = helper.make_model(
        graph.proto("network", [given], [computed]),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="menagerie",
    )
    serialized: bytes = model.SerializeToString()
    return serialized
