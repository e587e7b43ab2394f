from .byte_cache import ByteCache
from .checkpoints import checkpointing
from .depth import other_model, statistics
from .drawing import colours, grid, scaled
from .flame import trace
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
from .maps import activations
from .networks import openable, takes
from .results import (
    Activations,
    Arithmetic,
    Checkpointing,
    Layers,
    Patches,
    Statistics,
    Trace,
    layers_csv,
)
from .strongest import patches
from .tree import layers
from .writing_out import arithmetic

__all__ = [
    "DEFAULT_MODEL",
    "Activations",
    "ActivationsKnobs",
    "Arithmetic",
    "ArithmeticKnobs",
    "ByteCache",
    "Checkpointing",
    "CheckpointingKnobs",
    "Layers",
    "LayersKnobs",
    "Patches",
    "PatchesKnobs",
    "Statistics",
    "StatisticsKnobs",
    "Trace",
    "TraceKnobs",
    "activations",
    "arithmetic",
    "checkpointing",
    "colours",
    "grid",
    "layers",
    "layers_csv",
    "openable",
    "other_model",
    "patches",
    "scaled",
    "statistics",
    "takes",
    "trace",
]
