"""A classifier as one ONNX model: from the bytes of a picture of any size to calibrated probabilities."""

import json
from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper
from PIL import Image
from torch import nn

from zoo.core.cards import Card
from zoo.core.onnx.graphs import IR_VERSION, OPSET, Graph, Term, either
from zoo.core.onnx.tracing import write_network
from zoo.core.preprocessing import Preprocessing
from zoo.exhibits.train.exports.card_texts import card_text
from zoo.exhibits.train.exports.resampling import ChosenView, input_pixels

INPUT, OUTPUT = "picture", "probabilities"


def onnx_model(card: Card, network: nn.Module) -> bytes:
    """The file: its input "picture" is (H, W, 3) bytes, RGB; its output "probabilities" is (num_classes,).

    ``network``: of ``card``, with its normalization. The metadata have the classes, the card and the restriction.
    Raises UnavailableError for a network with an operator that has no translation.
    """
    graph = Graph()
    preprocessing = Preprocessing.from_config(card.config["preprocessing"])
    pixels, view = input_pixels(graph, INPUT, preprocessing.views)
    logits = _logits(graph, network, pixels, view, sorted({each.crop for each in preprocessing.views}))
    probabilities = (logits / view.temperature).apply("Softmax", axis=1).reshape(-1)
    graph.nodes.append(helper.make_node("Identity", [probabilities.name], [OUTPUT]))
    picture = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["height", "width", 3])
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [len(card.classes)])
    model = helper.make_model(
        graph.proto("classifier", [picture], [output]),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="menagerie",
        doc_string=f"{card.config.get('title', card.title)}. Restriction: {card.restriction}.",
    )
    helper.set_model_props(model, metadata(card))
    serialized: bytes = model.SerializeToString()
    return serialized


def metadata(card: Card) -> dict[str, str]:
    """What the file tells of itself, each a text; ``classes`` and ``preprocessing`` are JSON."""
    return {
        "title": card.title,
        "classes": json.dumps([each.label for each in card.classes], ensure_ascii=False),
        "class_ids": json.dumps([each.id for each in card.classes], ensure_ascii=False),
        "preprocessing": json.dumps(card.config["preprocessing"]),
        "licence": card.licence,
        "restriction": card.restriction,
        "card": card_text(card),
    }


def _logits(graph: Graph, network: nn.Module, pixels: Term, view: ChosenView, crops: Sequence[int]) -> Term:
    """(1, num_classes), by one copy of the network's nodes where it computes the same at every size of the input."""
    written = []
    for crop in crops:
        part = Graph(graph)
        logits = write_network(part, network, pixels.name, (1, 3, crop, crop))
        written.append((part, Term(graph, logits, pixels.dtype)))
    first, *others = written
    if all(_same(graph, first[0].nodes, part.nodes) for part, _ in others):
        graph.nodes += first[0].nodes
        return first[1]
    return _by_size(graph, view.crop, list(zip(crops, written, strict=True)))


def _by_size(graph: Graph, crop: Term, choices: Sequence[tuple[int, tuple[Graph, Term]]]) -> Term:
    """The logits of the choice whose size is that of the input."""
    (size, (part, logits)), *others = choices
    if not others:
        graph.nodes += part.nodes
        return logits
    rest = Graph(graph)
    otherwise = _by_size(rest, crop, others)
    condition = Term(graph, graph.add("Equal", crop.name, graph.constant(size, crop.dtype)), bool)
    (chosen,) = either(condition, [logits], [otherwise], part, rest)
    return chosen


def _same(graph: Graph, nodes: Sequence[onnx.NodeProto], others: Sequence[onnx.NodeProto]) -> bool:
    """Whether two lists of nodes compute the same, however their values are called."""
    names: dict[str, str] = {}  # of values of ``others``: that of the same value of ``nodes``

    def equal(mine: str, its: str) -> bool:
        if mine == names.get(its, its):
            return True
        first, second = (graph.root.initializers.get(each) for each in (mine, its))
        if first is None or second is None:
            return False
        return first.raw_data == second.raw_data and first.dims == second.dims and first.data_type == second.data_type

    for node, other in zip(nodes, others, strict=False):
        if node.op_type != other.op_type or node.attribute != other.attribute or len(node.input) != len(other.input):
            return False
        if not all(map(equal, node.input, other.input)):
            return False
        names.update(zip(other.output, node.output, strict=True))
    return len(nodes) == len(others)


def onnx_probabilities(model: bytes, pictures: Sequence[Image.Image]) -> list[NDArray[np.float32]]:
    """What ONNX Runtime computes of RGB pictures with the file, on one thread: (num_classes,) each."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # that it drops what it does not need is no news
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return [session.run([OUTPUT], {INPUT: np.asarray(picture)})[0] for picture in pictures]
