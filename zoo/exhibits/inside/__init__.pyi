from .byte_cache import ByteCache
from .checkpoints import checkpointing
from .depth import other_model, statistics
from .drawing import GAP, colours, grid, scaled, tile_size
from .flame import trace, trace_of
from .knobs import (
    DEFAULT_MODEL,
    ActivationsKnobs,
    ArithmeticKnobs,
    CheckpointingKnobs,
    LayersKnobs,
    PatchesKnobs,
    StatisticsKnobs,
    TraceKnobs,
)
from .maps import activations, activations_of
from .networks import RATE, openable, read, takes
from .results import (
    Activations,
    Arithmetic,
    Checkpointing,
    LayerRow,
    Layers,
    Patches,
    Statistics,
    Trace,
    layers_csv,
)
from .strongest import fitted, patches, patches_of
from .tree import layers, layers_of
from .writing_out import arithmetic, arithmetic_of

__all__ = [
    "DEFAULT_MODEL",
    "GAP",
    "RATE",
    "Activations",
    "ActivationsKnobs",
    "Arithmetic",
    "ArithmeticKnobs",
    "ByteCache",
    "Checkpointing",
    "CheckpointingKnobs",
    "LayerRow",
    "Layers",
    "LayersKnobs",
    "Patches",
    "PatchesKnobs",
    "Statistics",
    "StatisticsKnobs",
    "Trace",
    "TraceKnobs",
    "activations",
    "activations_of",
    "arithmetic",
    "arithmetic_of",
    "checkpointing",
    "colours",
    "fitted",
    "grid",
    "layers",
    "layers_csv",
    "layers_of",
    "openable",
    "other_model",
    "patches",
    "patches_of",
    "read",
    "scaled",
    "statistics",
    "takes",
    "tile_size",
    "trace",
    "trace_of",
]
