"""The knobs of GAN."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs

Distribution = Literal["ring of 8", "grid of 25", "two moons", "spiral", "line"]
Loss = Literal["non-saturating", "Wasserstein", "hinge", "least squares"]
Clothing = Literal[
    "T-shirt or top", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"
]
CLASSES: tuple[str, ...] = Clothing.__args__  # type: ignore[attr-defined]
ALL = "all in turn"
MODEL = "fashion-gan"


class GameKnobs(Knobs):
    """A generator and a discriminator of points in the plane."""

    distribution: Distribution = Field(
        default="ring of 8", title="Distribution", description="What the real points are drawn from."
    )
    loss: Loss = Field(
        default="non-saturating",
        title="Loss",
        description="What both networks minimise. Wasserstein has a gradient penalty as well.",
    )
    hidden: int = Field(
        default=64,
        ge=4,
        le=128,
        title="Hidden width",
        description="Units in each hidden layer of both networks.",
        json_schema_extra={"unit": "units"},
    )
    layers: int = Field(
        default=2, ge=1, le=4, title="Hidden layers", description="The number of hidden layers of both networks."
    )
    noise: int = Field(
        default=4,
        ge=1,
        le=32,
        title="Noise dimensions",
        description="How many random numbers the generator makes a point from.",
    )
    generator_rate: float = Field(
        default=0.002,
        ge=0.0001,
        le=1.0,
        title="Generator's learning rate",
        description="The size of an update of the generator, by Adam.",
    )
    discriminator_rate: float = Field(
        default=0.004,
        ge=0.0001,
        le=1.0,
        title="Discriminator's learning rate",
        description="The size of an update of the discriminator, by Adam.",
    )
    discriminator_steps: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Discriminator steps",
        description="Updates of the discriminator before each update of the generator.",
    )
    penalty: float = Field(
        default=1.0,
        ge=0.0,
        le=10.0,
        title="Gradient penalty",
        description="The weight of the penalty of the Wasserstein loss, which keeps the discriminator's slope near 1; "
        "the other losses have none.",
    )
    r1: float = Field(
        default=0.1,
        ge=0.0,
        le=10.0,
        title="R1 penalty",
        description="The weight of the squared slope of the discriminator at real points; it calms the training, and 0 "
        "is without.",
    )
    batch: int = Field(
        default=128,
        ge=8,
        le=512,
        title="Batch size",
        description="Real and generated points in each update.",
        json_schema_extra={"unit": "points"},
    )
    seed: int = Field(default=0, ge=0, le=99, title="Seed", description="Of the weights, the noise and the batches.")


class GameTrainKnobs(GameKnobs):
    """The same, trained to an end."""

    steps: int = Field(
        default=3000,
        ge=10,
        le=20000,
        title="Steps",
        description="Updates of the generator; those of the discriminator come in between.",
    )


class GeneratedKnobs(Knobs):
    """Pictures of clothes."""

    clothing: Literal["all in turn", Clothing] = Field(
        default="all in turn", title="Class", description="What the pictures are to show; or all ten classes in turn."
    )
    count: int = Field(
        default=40,
        ge=1,
        le=100,
        title="Pictures",
        description="How many pictures, in a grid of ten columns at most.",
    )
    truncation: float = Field(
        default=1.0,
        ge=0.1,
        le=1.5,
        title="Truncation",
        description="The factor of the noise: below 1 the pictures are more typical and less varied.",
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="The same seed gives the same pictures.")


class InterpolationKnobs(Knobs):
    """From one picture to another."""

    first: Clothing = Field(default="sneaker", title="From", description="The class of the first picture.")
    second: Clothing = Field(default="ankle boot", title="To", description="The class of the last picture.")
    count: int = Field(
        default=6,
        ge=1,
        le=16,
        title="Pictures",
        description="How many pairs of pictures change side by side.",
    )
    frames: int = Field(
        default=24,
        ge=2,
        le=60,
        title="Frames",
        description="Pictures from the first to the last; the animation then runs backwards.",
    )
    truncation: float = Field(
        default=0.8, ge=0.1, le=1.5, title="Truncation", description="The factor of the noise: below 1 more typical."
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="The same seed gives the same animation.")
