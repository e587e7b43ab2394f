"""Models' declaration: the dashboard of the project. It has no weights of its own and uses those of all exhibits."""

from typing import Any

from zoo.core.inputs import Input
from zoo.core.operations import Exhibit, File, Operation
from zoo.exhibits.models.knobs import BenchmarkKnobs, ChooseKnobs, FactsKnobs, LineageKnobs, MemoryKnobs, ModelKnobs
from zoo.exhibits.models.results import (
    Archive,
    Benchmark,
    Choice,
    Facts,
    Fetched,
    LayerTree,
    Lineage,
    MemoryState,
    ModelList,
)

NO_INPUT: tuple[Input, ...] = ()


def _operation(name: str, summary: str, function: str, knobs: Any, result: Any, **more: Any) -> Operation:
    return Operation(
        exhibit="models",
        name=name,
        summary=summary,
        function=f"zoo.exhibits.models:{function}",
        inputs=NO_INPUT,
        knobs=knobs,
        result=result,
        **more,
    )


EXHIBIT = Exhibit(
    name="models",
    title="Models",
    icon=":material/dashboard:",
    sentence="Every model with its facts and what it needs on this machine: compare models, measure them, look into "
    "their layers, and see what the runtime is doing.",
    invitation="Which model for your task?",
    picture="A table of models beside a chart of their accuracy and latency",
    operations=(
        _operation(
            "facts",
            "The facts of all models: size, costs, licence, data, metrics, and what was measured on this machine.",
            "facts",
            FactsKnobs,
            ModelList,
            needs_owner=True,
            shows="[model.name for model in result.models]",
            example={"source": "bundled", "task": "sound"},
        ),
        _operation(
            "card",
            "The facts of one model, bundled, official or your own.",
            "card_facts",
            ModelKnobs,
            Facts,
            shows="result.costs",
            example={"model": "resnet-18"},
        ),
        _operation(
            "benchmark",
            "Load time, latency, throughput and memory of models, measured on this machine and kept.",
            "benchmark",
            BenchmarkKnobs,
            Benchmark,
            needs_owner=True,
            job=True,
            shows="result.models[0].measured",
            example={"model": ["tweet-lstm"], "device": ["cpu"]},
        ),
        _operation(
            "layers",
            "The layers of a model as a tree, with the shapes of their outputs and their parameters.",
            "layers",
            ModelKnobs,
            LayerTree,
            shows="len(result.layers), result.macs",
            example={"model": "sound-audionet"},
        ),
        _operation(
            "choose",
            "Models for a task, the best first, with reasons from what was measured.",
            "choose",
            ChooseKnobs,
            Choice,
            needs_owner=True,
            shows="result.candidates[0].model",
            example={"task": "sound", "priority": "size"},
        ),
        _operation(
            "lineage",
            "The papers that the bundled models come from, and which model was made from which.",
            "lineage",
            LineageKnobs,
            Lineage,
            shows="[paper.authors for paper in result.papers]",
        ),
        _operation(
            "archive",
            "The folder of a model as a zip file.",
            "archive",
            ModelKnobs,
            Archive,
            shows="result.files",
            file=File("application/zip", ".zip", lambda result: bytes(result.data)),
            example={"model": "wave"},
        ),
        _operation(
            "fetch",
            "Download an official model, so that it opens without a network.",
            "fetch",
            ModelKnobs,
            Fetched,
            needs_owner=True,
            job=True,
            shows="result.size_bytes",
            example={"model": "wave"},
        ),
        _operation(
            "remove",
            "Remove the files of a fetched model or a model of your own.",
            "remove",
            ModelKnobs,
            Fetched,
            needs_owner=True,
            shows="result.fetched",
        ),
        _operation(
            "memory",
            "Load a model into the memory of the process, free it, or pin it there.",
            "memory",
            MemoryKnobs,
            MemoryState,
            needs_owner=True,
            shows="result.loaded, result.bytes",
            example={"model": "sound-audionet", "action": "load"},
        ),
    ),
)
