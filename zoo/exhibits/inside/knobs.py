"""The knobs of Inside. The largest batches and numbers of maps bound the time and the memory of a call."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_MODEL = "resnet-18"

LayerName = Annotated[
    str,
    Field(
        max_length=200,
        title="Layer",
        description="The name of a layer as the table lists it; empty for the first layer with weights.",
    ),
]
Unit = Annotated[
    int,
    Field(
        ge=0,
        le=100_000,
        title="Unit",
        description="The number of a unit of the layer: a channel of a convolution, a column of a linear layer.",
    ),
]


class NetworkKnobs(Knobs):
    """The network that is opened."""

    model: str = Field(
        default=DEFAULT_MODEL,
        max_length=200,
        title="Model",
        description="A bundled model, torchvision/NAME, hub/OWNER/NAME or own/NAME.",
    )


class LayersKnobs(NetworkKnobs):
    repetitions: int = Field(
        default=5,
        ge=1,
        le=20,
        title="Repetitions",
        description="How often the forward pass is timed, after one that is not counted; the median is told.",
    )


class ActivationsKnobs(NetworkKnobs):
    layer: LayerName = ""
    maps: int = Field(
        default=32, ge=1, le=128, title="Units", description="How many units to draw, the strongest first."
    )


class UnitKnobs(NetworkKnobs):
    """One unit of one layer."""

    layer: LayerName = ""
    unit: Unit = 0


class PatchesKnobs(UnitKnobs):
    count: int = Field(
        default=9, ge=1, le=24, title="Patches", description="How many of the strongest parts of inputs to show."
    )


class ArithmeticKnobs(UnitKnobs):
    row: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title="Row",
        description="The row of the output in its map; of sounds and texts the time step or the token.",
    )
    column: int = Field(default=0, ge=0, le=100_000, title="Column", description="The column of the output in its map.")


class StatisticsKnobs(NetworkKnobs):
    compare: Literal["nothing", "attack", "other model"] = Field(
        default="nothing",
        title="Compare with",
        description="The same picture after an attack on the model, or another model of the same architecture, such as "
        "the one that yours was fine-tuned from.",
    )
    epsilon: float = Field(
        default=4.0,
        ge=0.0,
        le=32.0,
        title="Epsilon",
        description="The most that the attack may change any channel of any pixel.",
        json_schema_extra={"unit": "/ 255"},
    )
    other: str = Field(
        default="",
        max_length=200,
        title="Other model",
        description="The model to compare with; left out, the model that this one was made from, where its card tells.",
    )


class TraceKnobs(NetworkKnobs):
    """One prediction."""


class CheckpointingKnobs(NetworkKnobs):
    batch: int = Field(
        default=4,
        ge=1,
        le=64,
        title="Batch size",
        description="How many copies of the input a training step is computed on.",
    )
    steps: int = Field(
        default=3, ge=1, le=10, title="Steps", description="Training steps that are timed; the median is told."
    )
