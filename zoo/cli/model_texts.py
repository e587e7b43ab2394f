"""How Models' results read in a terminal."""

from zoo.exhibits.models.results import (
    Benchmark,
    Choice,
    Facts,
    Layer,
    LayerTree,
    Lineage,
    Machine,
    Measurement,
    ModelList,
)


def models_facts(result: ModelList) -> str:
    return "\n".join(map(_line, result.models))


def _line(model: Facts) -> str:
    costs = f"  {model.costs.macs / 1e9:.2g} G MACs" if model.costs else ""
    metric = f"  {model.metrics[0].name} {model.metrics[0].text}" if model.metrics else ""
    fast = min((each.p50_ms for each in model.measured), default=None)
    latency = f"  {fast:.3g} ms" if fast else ""
    where = "" if model.on_this_machine else "  (to be fetched)"
    size = f"{model.parameters / 1e6:.2g} M parameters  {model.size_bytes / 1e6:.2g} MB"
    return f"{model.name}  {model.task}  {size}{costs}{latency}{metric}  [{model.restriction}]{where}"


def models_card(result: Facts) -> str:
    lines = [_line(result), f"  {result.title}: {result.architecture}, stored as {result.dtype or 'not known here'}"]
    lines += [f"  {each.name} {each.text} on {each.dataset} ({each.provenance})" for each in result.metrics]
    lines += [f"  trained on {each.name} ({each.licence})" for each in result.training_data]
    lines += [f"  weights {result.weights}; licence {result.licence}", f"  used by {', '.join(result.used_by)}"]
    lines += [f"  {_measured(each)}" for each in result.measured]
    return "\n".join(lines)


def _measured(measurement: Measurement) -> str:
    busy = "  machine busy" if measurement.busy else ""
    return (
        f"{measurement.device}: load {measurement.load_ms:.0f} ms, first {measurement.first_ms:.3g} ms, "
        f"p50 {measurement.p50_ms:.3g} ms, p95 {measurement.p95_ms:.3g} ms, "
        f"{measurement.per_second_1:.3g}/s at batch 1, {measurement.per_second_8:.3g}/s at batch 8, "
        f"{measurement.memory_bytes / 1e6:.2g} MB in memory, for {measurement.input}{busy}"
    )


def _machine(machine: Machine) -> str:
    memory = f"{machine.memory_bytes / 1e9:.1f} GB"
    return f"{machine.cpu}, {machine.cores} cores, {memory}, {machine.system}, torch {machine.torch}"


def models_benchmark(result: Benchmark) -> str:
    lines = [f"{model.name}  {_measured(each)}" for model in result.models for each in model.measured]
    return "\n".join([_machine(result.machine), *lines])


def models_layers(result: LayerTree) -> str:
    head = f"{result.model}: {result.macs / 1e9:.3g} G multiply-accumulates for {result.input}"
    return "\n".join([head, *map(_layer, result.layers)])


def _layer(layer: Layer) -> str:
    name = "  " * layer.depth + layer.name.rpartition(".")[2]
    shape = " × ".join(map(str, layer.output))
    return f"{name:<40} {layer.kind:<28} {shape:<22} {layer.parameters:>12,}"


def models_choose(result: Choice) -> str:
    lines = []
    for place, candidate in enumerate(result.candidates, 1):
        lines += [f"{place}. {candidate.model}", *(f"   {reason}" for reason in candidate.reasons)]
    return "\n".join(lines) or f"No model for {result.task} meets this."


def models_lineage(result: Lineage) -> str:
    papers = [f"{each.authors}  arXiv:{each.arxiv}  {', '.join(each.models)}" for each in result.papers]
    return "\n".join(papers + [f"{each.parent} -> {each.child}: {each.kind}" for each in result.relations])
