"""The knobs of Style."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.core.user_models import MAX_TITLE

DEFAULT_STYLE = "starry-night"
Network = Literal["perceptual-resnet", "mobilenet-v2", "torchvision/vgg19"]


class StyleKnobs(Knobs):
    """Optimised style transfer."""

    size: int = Field(
        default=320,
        ge=64,
        le=1024,
        title="Size",
        description="The longer side of the result; twice the size takes four times as long.",
        json_schema_extra={"unit": "pixels"},
    )
    steps: int = Field(
        default=200, ge=10, le=1000, title="Steps", description="The number of optimisation steps, all levels together."
    )
    style_weight: float = Field(
        default=20.0,
        ge=0.0,
        le=100.0,
        title="Style weight",
        description="The weight of the style loss: strokes, grain and colours of the paintings.",
    )
    content_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        title="Content weight",
        description="The weight of the content loss: the shapes in the photograph.",
    )
    tv_weight: float = Field(
        default=10.0,
        ge=0.0,
        le=30.0,
        title="Total variation weight",
        description="The weight of the total variation, the squared differences of neighbouring pixels.",
    )
    weights: list[float] = Field(
        default=[],
        max_length=4,
        title="Weights of the paintings",
        description="One number for each painting, in their order; left out, all count the same.",
    )
    style_scale: float = Field(
        default=1.0,
        ge=0.25,
        le=2.0,
        title="Style scale",
        description="The size of the paintings relative to the result: below 1 the strokes are finer.",
    )
    fine_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=2.0,
        title="Fine layers",
        description="The weight of the early layers in the style loss: grain and colour.",
    )
    middle_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=2.0,
        title="Middle layers",
        description="The weight of the middle layers in the style loss: strokes.",
    )
    coarse_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=2.0,
        title="Coarse layers",
        description="The weight of the late layers in the style loss: larger shapes.",
    )
    levels: int = Field(
        default=2,
        ge=1,
        le=4,
        title="Levels",
        description="The number of resolutions, from coarse to fine; each doubles the size. More give broader strokes.",
    )
    init: Literal["photograph", "noise"] = Field(
        default="photograph", title="Initialisation", description="The picture that the optimisation starts from."
    )
    optimiser: Literal["adam", "lbfgs"] = Field(
        default="adam", title="Optimiser", description="L-BFGS goes further in a step; Adam is steadier."
    )
    keep_colours: bool = Field(
        default=False,
        title="Keep the colours",
        description="Transfer the luminance alone and keep the colours of the photograph.",
    )
    network: Network = Field(
        default="perceptual-resnet",
        title="Feature extractor",
        description="The network whose activations the losses compare. VGG-19 is that of the paper; it is downloaded "
        "once.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="The seed of the noise, where it starts there.")


class FastStyleKnobs(Knobs):
    """Feed-forward style transfer."""

    model: list[str] = Field(
        default=[DEFAULT_STYLE],
        min_length=1,
        max_length=4,
        title="Styles",
        description="The models to use; several are interpolated.",
    )
    size: int = Field(
        default=512,
        ge=64,
        le=1024,
        title="Size",
        description="The longer side of the result.",
        json_schema_extra={"unit": "pixels"},
    )
    strength: float = Field(
        default=1.0,
        ge=0.0,
        le=1.0,
        title="Strength",
        description="The opacity of the network's output over the photograph.",
    )
    mix: Literal["everywhere", "left to right"] = Field(
        default="everywhere",
        title="Mix",
        description="With several styles: their mean in the whole picture, or a transition from left to right.",
    )
    interpolation: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        title="Interpolation",
        description="With two styles everywhere: 0 is the first style alone, 1 the second.",
    )
    keep_colours: bool = Field(
        default=False,
        title="Keep the colours",
        description="Transfer the luminance alone and keep the colours of the photograph.",
    )


class LearnKnobs(Knobs):
    """Learning a style from a painting."""

    title: str = Field(
        default="My style", max_length=MAX_TITLE, title="Title", description="What the style is called in lists."
    )
    steps: int = Field(
        default=300, ge=10, le=2000, title="Steps", description="The number of training steps, one crop each."
    )
    style_weight: float = Field(
        default=10.0,
        ge=1.0,
        le=1000.0,
        title="Style weight",
        description="The weight of the style loss beside the content loss.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="The seed of the order of the crops.")
