"""What Inside's operations return. Nothing here imports torch."""

import csv
from dataclasses import dataclass
from io import StringIO

from zoo.core.inputs import Takes
from zoo.core.results import Array, Hidden, Picture


@dataclass(frozen=True)
class LayerRow:
    """One module, with the modules in it. ``name``: its path, empty for the whole network. ``depth``: 0 for the whole.

    ``output``: the shape of its output, empty where it was not called. ``parameters``; ``macs``: multiply-accumulate
    operations of matrix products and convolutions. ``milliseconds``: median over the timed passes. ``bytes``: of the
    tensors that its operations made. ``calls``: how often a pass calls it. ``is_leaf``: it holds no other module.
    """

    name: str
    kind: str
    depth: int
    output: tuple[int, ...]
    parameters: int
    macs: int
    milliseconds: float
    bytes: int
    calls: int
    is_leaf: bool


@dataclass(frozen=True)
class Layers:
    """The modules of a network, each before those in it; the first row is the whole. ``input``: what was measured on.

    ``gpu_peak_bytes``: the most memory of the GPU during a pass, beyond what was in use before; None on a CPU.
    """

    model: str
    restriction: str
    input: str
    device: str
    repetitions: int
    rows: tuple[LayerRow, ...]
    gpu_peak_bytes: int | None


def layers_csv(result: Layers) -> bytes:
    """The table as a CSV file, one row a module."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(["name", "kind", "output", "parameters", "macs", "milliseconds", "bytes", "calls"])
    for row in result.rows:
        shape = "x".join(map(str, row.output))
        writer.writerow(
            [row.name, row.kind, shape, row.parameters, row.macs, f"{row.milliseconds:.4f}", row.bytes, row.calls]
        )
    return file.getvalue().encode()


@dataclass(frozen=True)
class UnitStatistics:
    """A unit's activations on one input. ``strength``: the mean of their absolute values. ``zeros``: the part of them
    that is exactly 0, in [0, 1]. ``peak``: where the largest is: (row, column), or (step,) of sounds and texts.
    """

    unit: int
    strength: float
    mean: float
    minimum: float
    maximum: float
    zeros: float
    peak: tuple[int, ...]


@dataclass(frozen=True)
class Activations:
    """A layer's output on an input. ``units``: the strongest first, as many as asked for, of ``total``.

    ``tokens``: of a text, one a position. ``values``: (units, positions...) of these units. ``picture``: all their maps
    in a grid, each scaled to its own range; of texts and sounds a heat map, units by positions.
    """

    model: str
    restriction: str
    layer: str
    kind: str
    takes: Takes
    shape: tuple[int, ...]
    total: int
    units: tuple[UnitStatistics, ...]
    tokens: tuple[str, ...]
    values: Hidden
    picture: Picture


@dataclass(frozen=True)
class Patch:
    """Where a unit is strongest in one input. ``source``: the example's name, or that of the input. ``activation``.

    ``field``: (top, left, bottom, right) of the receptive field in pixels of the network's input, the ends not
    included; of a sound (start, end) in samples; of a text (first token, one after the last). ``text``: of texts, the
    tokens before, the token itself, and those after it. ``picture``: the part of the picture, on grey where the field
    reaches beyond its edge, or of the spectrogram or waveform; of a text, None. ``sound``: (samples, samples a second)
    of the part of a sound.
    """

    source: str
    activation: float
    position: tuple[int, ...]
    field: tuple[int, ...]
    text: tuple[str, str, str]
    picture: Hidden
    sound: Hidden


@dataclass(frozen=True)
class Patches:
    """The strongest patches of a unit, one an input at most. ``searched``: how many inputs there were.

    ``field_size``: (height, width) of the receptive field of a unit away from the borders, in pixels of the input.
    ``whole``: every output depends on the whole input. ``picture``: the patches side by side.
    """

    model: str
    restriction: str
    layer: str
    unit: int
    searched: int
    field_size: tuple[int, ...]
    whole: bool
    patches: tuple[Patch, ...]
    picture: Picture


@dataclass(frozen=True)
class Part:
    """What one input channel adds to an output: the products of ``inputs`` and ``weights`` (kernel shape) in ``total``.

    ``label``: of the channel. A linear layer has one input and one weight a part.
    """

    label: str
    inputs: Array
    weights: Array
    total: float


@dataclass(frozen=True)
class Arithmetic:
    """How one number of a layer's output is computed. ``output``: the real one. ``computed``: bias and all parts added
    up here, in float64. ``formula``: in words. ``parts``: the largest first, at most 32 of ``part_count``; ``rest``:
    the sum of the others.

    Of convolutions and pooling, ``window``: (first, last) input index by axis, which may lie in the padding, before 0
    or behind the end; ``settings``: kernel, stride, padding, dilation, groups. ``input_map``: the input channel with
    the largest part, (H, W) or (T,); ``output_map``: the unit's whole output.
    """

    model: str
    restriction: str
    layer: str
    kind: str
    unit: int
    position: tuple[int, ...]
    formula: str
    output: float
    computed: float
    bias: float
    parts: tuple[Part, ...]
    part_count: int
    rest: float
    window: tuple[tuple[int, int], ...]
    settings: dict[str, str]
    input_map: Hidden
    output_map: Hidden


@dataclass(frozen=True)
class LayerStatistics:
    """``index``: in the order of the calls. ``dead``: the part of the units that is above zero nowhere on any of the
    examples, in [0, 1]; None where it was not computed. ``distance``: of the output from the compared one, as the norm
    of the difference over the norm of the output; None without a comparison or for other shapes.
    """

    index: int
    layer: str
    kind: str
    mean: float
    std: float
    dead: float | None
    other_mean: float | None
    other_std: float | None
    distance: float | None


@dataclass(frozen=True)
class Statistics:
    """Of the layers that hold no other layer. ``compared``: what with, in words; empty without. ``examples``: how many
    inputs dead units were looked for in.
    """

    model: str
    restriction: str
    input: str
    compared: str
    examples: int
    layers: tuple[LayerStatistics, ...]


@dataclass(frozen=True)
class Span:
    """``start_ms`` from the beginning of the forward pass. ``depth``: 0 for what no other span contains. ``is_layer``:
    a module of the network, and no operator of PyTorch.
    """

    name: str
    start_ms: float
    duration_ms: float
    depth: int
    is_layer: bool


@dataclass(frozen=True)
class Trace:
    """One prediction, recorded by torch.profiler, which slows it down. ``left_out``: spans beyond the 4,000 longest.

    ``gpu_peak_bytes``: the most memory of the GPU; None on a CPU. ``chrome``: the trace as JSON, for chrome://tracing
    or ui.perfetto.dev.
    """

    model: str
    restriction: str
    input: str
    device: str
    milliseconds: float
    spans: tuple[Span, ...]
    left_out: int
    gpu_peak_bytes: int | None
    chrome: Hidden


@dataclass(frozen=True)
class StepCost:
    """``milliseconds``: the median of a step; ``forward_ms`` of them. ``saved_bytes``: tensors that the forward pass
    keeps for the backward pass. ``peak_bytes``: the most memory that the tensors of a step take at once.
    """

    milliseconds: float
    forward_ms: float
    saved_bytes: int
    peak_bytes: int


@dataclass(frozen=True)
class Checkpointing:
    """A training step without and with gradient checkpointing. ``blocks``: the modules that are computed again in the
    backward pass. ``gradient_difference``: the largest difference of a gradient between the two, relative to the
    largest gradient: none but rounding.
    """

    model: str
    restriction: str
    input: str
    device: str
    batch: int
    parameter_bytes: int
    blocks: tuple[str, ...]
    without: StepCost
    checkpointed: StepCost
    gradient_difference: float
