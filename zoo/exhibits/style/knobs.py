"""The settings of Style, for the page, the command line and the API alike."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

DEFAULT_STYLE = "starry-night"
Network = Literal["perceptual-resnet", "mobilenet-v2", "torchvision/vgg19"]


class StyleKnobs(Knobs):
    size: int = Field(
        default=320,
        ge=64,
        le=1024,
        title="Size",
        description="The longer side of the painting; twice the size takes four times as long.",
        json_schema_extra={"unit": "pixels"},
    )
    steps: int = Field(
        default=200, ge=10, le=1000, title="Steps", description="How often the picture is changed, in all."
    )
    style: float = Field(
        default=20.0,
        ge=0.0,
        le=100.0,
        title="Style",
        description="How much the painting's strokes and colours count.",
    )
    content: float = Field(
        default=1.0, ge=0.0, le=10.0, title="Content", description="How much what the photograph shows counts."
    )
    smoothness: float = Field(
        default=10.0, ge=0.0, le=30.0, title="Smoothness", description="How much neighbouring pixels should agree."
    )
    brush: float = Field(
        default=1.0,
        ge=0.25,
        le=2.0,
        title="Brush",
        description="The size of the painting's strokes: below 1 finer than in the original.",
    )
    fine: float = Field(
        default=1.0, ge=0.0, le=2.0, title="Fine layers", description="Weight of the layers that see grain and colour."
    )
    middle: float = Field(
        default=1.0, ge=0.0, le=2.0, title="Middle layers", description="Weight of the layers that see strokes."
    )
    coarse: float = Field(
        default=1.0, ge=0.0, le=2.0, title="Coarse layers", description="Weight of the layers that see shapes."
    )
    levels: int = Field(
        default=2,
        ge=1,
        le=4,
        title="Levels",
        description="From coarse to fine: each level but the last is half as large as the next, for broader strokes.",
    )
    start: Literal["photograph", "noise"] = Field(
        default="photograph", title="Start", description="What the painting begins from."
    )
    optimiser: Literal["adam", "lbfgs"] = Field(
        default="adam", title="Optimiser", description="L-BFGS goes further in a step, Adam more steadily."
    )
    keep_colours: bool = Field(
        default=False, title="Keep the colours", description="Paint the light alone and keep the photograph's colours."
    )
    network: Network = Field(
        default="perceptual-resnet",
        title="Network",
        description="Whose eyes: one of our own, or VGG-19 of the paper, which has to be fetched once.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="Which noise the painting begins from.")


class RestyleKnobs(Knobs):
    """Of painting at once."""

    model: list[str] = Field(
        default=[DEFAULT_STYLE],
        min_length=1,
        max_length=4,
        title="Styles",
        description="In whose hand; several are mixed.",
    )
    size: int = Field(
        default=512,
        ge=64,
        le=1024,
        title="Size",
        description="The longer side of the painting.",
        json_schema_extra={"unit": "pixels"},
    )
    strength: float = Field(
        default=1.0, ge=0.0, le=1.0, title="Strength", description="How much of the painting covers the photograph."
    )
    mix: Literal["everywhere", "left to right"] = Field(
        default="everywhere",
        title="Mix",
        description="Several styles: all of them everywhere, or one after the other across the picture.",
    )
    share: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        title="Share of the second",
        description="Two styles everywhere: how much of the second one.",
    )
    keep_colours: bool = Field(
        default=False, title="Keep the colours", description="Paint the light alone and keep the photograph's colours."
    )


class LearnKnobs(Knobs):
    """Of learning a style from a painting."""

    steps: int = Field(
        default=300, ge=20, le=2000, title="Lessons", description="How many parts of photographs it learns on."
    )
    weight: float = Field(
        default=10.0,
        ge=1.0,
        le=1000.0,
        title="Weight of the style",
        description="How much the painting's strokes and colours count beside what the photograph shows.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="Which parts of which photographs, when.")
