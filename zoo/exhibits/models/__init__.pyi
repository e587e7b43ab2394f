from .access import may_control
from .describing import card_facts, card_text, describe, facts, official_cards, users_of
from .family import lineage
from .inputs import call_on_example
from .knobs import BenchmarkKnobs, ChooseKnobs, FactsKnobs, LineageKnobs, MemoryKnobs, ModelKnobs
from .manage import archive, fetch, memory, memory_state, remove
from .measuring import benchmark, devices
from .ranking import choose
from .results import (
    Archive,
    Benchmark,
    Candidate,
    Choice,
    Costs,
    Facts,
    Fetched,
    Layer,
    LayerTree,
    Lineage,
    Machine,
    Measurement,
    MemoryState,
    MetricFact,
    ModelList,
    Paper,
    Relation,
)
from .tracing import layers

__all__ = [
    "Archive",
    "Benchmark",
    "BenchmarkKnobs",
    "Candidate",
    "Choice",
    "ChooseKnobs",
    "Costs",
    "Facts",
    "FactsKnobs",
    "Fetched",
    "Layer",
    "LayerTree",
    "Lineage",
    "LineageKnobs",
    "Machine",
    "Measurement",
    "MemoryKnobs",
    "MemoryState",
    "MetricFact",
    "ModelKnobs",
    "ModelList",
    "Paper",
    "Relation",
    "archive",
    "benchmark",
    "call_on_example",
    "card_facts",
    "card_text",
    "choose",
    "describe",
    "devices",
    "facts",
    "fetch",
    "layers",
    "lineage",
    "may_control",
    "memory",
    "memory_state",
    "official_cards",
    "remove",
    "users_of",
]
