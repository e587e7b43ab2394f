"""Inside's declaration. It has no weights of its own, and opens the models of all exhibits."""

import gzip
from typing import Any

from zoo.core.images import encode_png
from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.inside.knobs import (
    ActivationsKnobs,
    ArithmeticKnobs,
    CheckpointingKnobs,
    LayersKnobs,
    PatchesKnobs,
    StatisticsKnobs,
    TraceKnobs,
)
from zoo.exhibits.inside.results import (
    Activations,
    Arithmetic,
    Checkpointing,
    Layers,
    Patches,
    Statistics,
    Trace,
    layers_csv,
)

INPUT = Input("input", "any", "A picture, a sound or a text, whichever the model reads.")
PNG = File("image/png", ".png", lambda result: encode_png(result.picture))


def _operation(name: str, summary: str, function: str, knobs: Any, result: Any, **more: Any) -> Operation:
    return Operation(
        exhibit="inside",
        name=name,
        summary=summary,
        function=f"zoo.exhibits.inside:{function}",
        inputs=(INPUT,),
        knobs=knobs,
        result=result,
        **more,
    )


EXHIBIT = Exhibit(
    name="inside",
    title="Look inside a network",
    icon=":material/account_tree:",
    sentence="Open any network on your own picture, sound or text: its layers with their costs, the feature maps of "
    "each, the arithmetic of every number, and where time and memory go.",
    invitation="What does each layer compute?",
    picture="A tree of layers beside the feature maps of one of them",
    operations=(
        _operation(
            "",
            "The layers of a model as a tree, with shapes, parameters, multiply-accumulates, time and memory.",
            "layers",
            LayersKnobs,
            Layers,
            shows="[(row.name, row.macs) for row in result.rows[:5]]",
            file=File("text/csv", ".csv", layers_csv, default=False),
            example={"input": "coffee", "model": "cifar10-resnet-robust", "repetitions": 1},
        ),
        _operation(
            "activations",
            "What a layer computes on an input: feature maps, or units over time or tokens, with statistics.",
            "activations",
            ActivationsKnobs,
            Activations,
            shows="[(unit.unit, unit.maximum) for unit in result.units[:3]]",
            file=PNG,
            example={"input": "coffee", "model": "cifar10-resnet-robust", "maps": 4},
        ),
        _operation(
            "patches",
            "The strongest patches of a unit in an input and in the bundled examples, cut to its receptive field.",
            "patches",
            PatchesKnobs,
            Patches,
            shows="[(patch.source, patch.field) for patch in result.patches]",
            file=PNG,
            example={"input": "coffee", "model": "cifar10-resnet-robust", "count": 3},
        ),
        _operation(
            "arithmetic",
            "How one number of a layer's output is computed: inputs times weights, added up.",
            "arithmetic",
            ArithmeticKnobs,
            Arithmetic,
            shows="result.output, result.computed, result.bias",
            example={"input": "coffee", "model": "cifar10-resnet-robust", "row": 3, "column": 4},
        ),
        _operation(
            "statistics",
            "Mean, standard deviation and dead units of every layer, also before and after an attack or a training.",
            "statistics",
            StatisticsKnobs,
            Statistics,
            shows="[(layer.layer, layer.std) for layer in result.layers[:3]]",
            example={"input": "coffee", "model": "cifar10-resnet-robust", "compare": "attack"},
        ),
        _operation(
            "trace",
            "One prediction under torch.profiler: layers and operators over time, and the trace as a file.",
            "trace",
            TraceKnobs,
            Trace,
            shows="result.milliseconds, len(result.spans)",
            file=File(
                "application/gzip", ".json.gz", lambda result: gzip.compress(result.chrome, mtime=0), default=False
            ),
            example={"input": "coffee", "model": "cifar10-resnet-robust"},
        ),
        _operation(
            "checkpointing",
            "A training step with and without gradient checkpointing: time against memory, measured here.",
            "checkpointing",
            CheckpointingKnobs,
            Checkpointing,
            job=True,
            shows="result.without, result.checkpointed",
            example={"input": "coffee", "model": "cifar10-resnet-robust", "batch": 2, "steps": 1},
        ),
    ),
)
