"""What Models' operations return. Nothing here imports torch."""

from dataclasses import dataclass
from typing import Literal

from zoo.core.cards import TrainingData
from zoo.core.results import Hidden

Provenance = Literal["here", "published", "given"]


@dataclass(frozen=True)
class MetricFact:
    """A metric of a card. ``text``: its value as a person reads it.

    ``provenance``: measured "here", "published" by its publisher, or "given" by the owner of a hub repository.
    """

    name: str
    value: float
    text: str
    dataset: str
    provenance: Provenance


@dataclass(frozen=True)
class Machine:
    """What measurements depend on. ``memory_bytes``: what this process may use."""

    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    torch: str
    threads: int


@dataclass(frozen=True)
class Measurement:
    """One model on one device of this machine, called on ``input`` under ``torch.inference_mode``.

    ``load_ms``: from files to a network on the device, the median of three. ``first_ms``: the first call after that;
    ``p50_ms`` and ``p95_ms``: of later calls, batch 1. ``per_second_1``, ``per_second_8``: inputs a second at batch 1
    and 8. ``memory_bytes``: of weights and buffers; ``peak_bytes``: the most that a call at batch 8 allocated beside
    them, on CUDA. ``busy``: two rounds differed by more than 10 %: other work had the machine. ``date``: UTC, ISO 8601.
    """

    device: str
    input: str
    load_ms: float
    first_ms: float
    p50_ms: float
    p95_ms: float
    per_second_1: float
    per_second_8: float
    memory_bytes: int
    peak_bytes: int | None
    busy: bool
    date: str


@dataclass(frozen=True)
class Costs:
    """What one forward pass needs. ``macs``: multiply-accumulate operations of matrix products and convolutions, for
    one ``input``. ``memory_bytes``: of parameters and buffers as computed with.
    """

    input: str
    macs: int
    parameters: int
    memory_bytes: int


@dataclass(frozen=True)
class Facts:
    """What is known of a model.

    ``source``: bundled, torchvision, hub or own. ``on_this_machine``: whether it opens without a network.
    ``size_bytes``: of the files of weights, with those of a base model. ``parameters``: of the network; of stored
    tensors where it was never counted. ``dtype``: of the stored tensors. ``used_by``: the exhibits that accept it.
    ``costs``: None before they were counted, with the first measurement.
    """

    name: str
    title: str
    task: str
    architecture: str
    source: str
    on_this_machine: bool
    parameters: int
    size_bytes: int
    dtype: str
    weights: str
    licence: str
    restriction: str
    training_data: tuple[TrainingData, ...]
    citation: str
    metrics: tuple[MetricFact, ...]
    used_by: tuple[str, ...]
    costs: Costs | None
    measured: tuple[Measurement, ...]


@dataclass(frozen=True)
class ModelList:
    """``machine``: that of the measurements; None before there is one."""

    models: tuple[Facts, ...]
    machine: Machine | None


@dataclass(frozen=True)
class Benchmark:
    """The measurements of one run, by model in the order asked for."""

    machine: Machine
    models: tuple[Facts, ...]


@dataclass(frozen=True)
class Layer:
    """One module. ``parameters``: with those of the modules in it. ``output``: its output's shape on ``input``, empty
    where it was not called. ``depth``: 0 for the whole network.
    """

    name: str
    kind: str
    depth: int
    parameters: int
    output: tuple[int, ...]


@dataclass(frozen=True)
class LayerTree:
    """The modules of a network, each before those in it. ``input``: what the shapes belong to."""

    model: str
    input: str
    macs: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class MemoryState:
    """A model in memory or not, after an action. ``in_use``: by how many predictions and jobs."""

    model: str
    loaded: bool
    pinned: bool
    in_use: int
    bytes: int


@dataclass(frozen=True)
class Fetched:
    """``fetched``: whether the files are on this machine now. ``size_bytes``: of the weights."""

    model: str
    fetched: bool
    size_bytes: int


@dataclass(frozen=True)
class Archive:
    """The folder of a model. ``files``: by name, in bytes. ``data``: the zip file."""

    model: str
    restriction: str
    files: dict[str, int]
    data: Hidden


@dataclass(frozen=True)
class Candidate:
    """``score``: the mean rank by the criteria, 0 for the best. ``reasons``: sentences, from what was measured."""

    model: str
    restriction: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """The models for a task, the best first."""

    task: str
    priority: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Paper:
    """A paper that cards name. ``authors``: as cited, with the year. ``models``: whose cards name it."""

    arxiv: str
    authors: str
    year: int
    models: tuple[str, ...]


@dataclass(frozen=True)
class Relation:
    """``child`` was made from ``parent``. ``kind``: what it has of it, such as initial weights or a teacher."""

    parent: str
    child: str
    kind: str


@dataclass(frozen=True)
class Lineage:
    """Papers by year, and which model was made from which, as the bundled cards tell."""

    papers: tuple[Paper, ...]
    relations: tuple[Relation, ...]
