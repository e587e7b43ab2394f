"""The knobs of Autoencoder."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.knobs import FromText, Knobs

START = "autoencoder-start"  # the model with both students as they were trained on Tiny ImageNet
Student = Literal["perceptual", "pixel"]


class ReconstructKnobs(Knobs):
    """Reconstruction has none."""


class LearnKnobs(Knobs):
    """How both students learn."""

    start: Literal["bundled", "nothing"] = Field(
        default="bundled",
        title="Start",
        description="Both students as they were trained on Tiny ImageNet, or with random weights.",
    )
    steps: int = Field(
        default=200, ge=1, le=10_000, title="Steps", description="The number of steps; both students take each one."
    )
    replay: bool = Field(
        default=True,
        title="Replay buffer",
        description="Whether pictures of before are in each batch too; without them, the students forget.",
    )
    pixel_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        title="Pixel weight",
        description="The weight of the error of pixels in the perceptual student's loss.",
    )
    perceptual_weight: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        title="Perceptual weight",
        description="The weight of the perceptual loss in that student's loss; at 0 both students are alike.",
    )
    learning_rate: float = Field(
        default=1e-3,
        ge=1e-5,
        le=1e-2,
        title="Learning rate",
        description="That of AdamW, for both students; it rises over the first 50 steps.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="The seed of random weights and of replay.")


class MorphKnobs(Knobs):
    """From one picture to another."""

    student: Student = Field(default="perceptual", title="Student", description="Whose code and decoder are used.")
    frames: int = Field(
        default=16, ge=2, le=60, title="Frames", description="The number of pictures from the first to the last."
    )
    size: Annotated[Literal[64, 128, 256], FromText] = Field(
        default=128,
        title="Size",
        description="The side of a frame; the network's pictures have 64 pixels.",
        json_schema_extra={"unit": "pixels"},
    )


class ProbeKnobs(Knobs):
    """A linear probe of what the codes tell of classes."""

    test_share: float = Field(
        default=0.2,
        ge=0.1,
        le=0.5,
        title="Test share",
        description="The share of each class's pictures that the probe is measured on.",
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="The seed of the division and random weights.")
