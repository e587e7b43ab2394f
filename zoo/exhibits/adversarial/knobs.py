"""The knobs of Adversarial, each declared once and combined by the operations that need it.

Sizes of perturbations are in steps of an 8-bit channel: 4 stands for 4/255 of the range from black to white.
"""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

DEFAULT_MODEL = "mobilenet-v2"

Method = Annotated[
    Literal["fgsm", "iterated", "pgd"],
    Field(
        title="Attack",
        description="One step along the gradient's sign (fgsm), many small steps (iterated), or many from a random "
        "start (pgd).",
    ),
]
Epsilon = Annotated[
    float,
    Field(
        ge=0.0,
        le=32.0,
        title="Epsilon",
        description="The most that any channel of any pixel may change.",
        json_schema_extra={"unit": "/ 255"},
    ),
]
IterationSteps = Annotated[
    int, Field(ge=1, le=50, title="Steps", description="How often an iterated attack computes the gradient.")
]
StepSize = Annotated[
    float,
    Field(
        ge=0.05,
        le=8.0,
        title="Step size",
        description="How far each step of an iterated attack goes.",
        json_schema_extra={"unit": "/ 255"},
    ),
]
Seed = Annotated[int, Field(ge=0, le=9999, title="Seed", description="Seed of the random numbers.")]


class VictimKnobs(Knobs):
    """The model that is attacked, and towards which class."""

    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The model that is attacked.")
    target: str = Field(
        default="",
        max_length=100,
        title="Target",
        description="The class that the model shall predict; empty for any class but the one that it predicts now.",
    )

    @property
    def targeted(self) -> bool:
        return bool(self.target.strip())


class MethodKnobs(Knobs):
    """How the pixels are changed."""

    method: Method = "fgsm"
    epsilon: Epsilon = 2.0
    steps: IterationSteps = 10
    step_size: StepSize = 0.5
    seed: Seed = 0


class PerturbationKnobs(MethodKnobs, VictimKnobs):
    """One attack on one model."""


class AttackKnobs(PerturbationKnobs, TopKnobs):
    """One attack, with the predictions before and after it."""


class EpsilonCurveKnobs(VictimKnobs):
    """An attack whose epsilon grows; iterated attacks take steps of 2.5 epsilon in all."""

    method: Method = "fgsm"
    steps: IterationSteps = 10
    seed: Seed = 0


class TransferKnobs(MethodKnobs):
    """Each model attacked, and its adversarial picture given to each of them. There is no target class."""

    model: list[str] = Field(
        default=[],
        max_length=6,
        title="Models",
        description="The models to attack and to test; left out, all bundled image classifiers.",
    )


class SurrogateKnobs(VictimKnobs, TopKnobs):
    """A black-box attack: it uses the probabilities that a model outputs, and no gradient of it."""

    epsilon: Epsilon = 2.0
    seed: Seed = 0
    queries: int = Field(
        default=400,
        ge=50,
        le=2000,
        title="Queries",
        description="How many pictures the attacker may have classified.",
    )


class SqueezingKnobs(Knobs):
    """Transformations of the input that may remove a perturbation."""

    bits: int = Field(default=4, ge=1, le=8, title="Bits a channel", description="Colour depth after the reduction.")
    median: Literal[1, 3, 5, 7] = Field(
        default=3,
        title="Median filter",
        description="Each pixel becomes the median of a square of this side; 1 changes nothing.",
        json_schema_extra={"unit": "pixels"},
    )
    quality: int = Field(default=75, ge=5, le=100, title="JPEG quality", description="Quality of the JPEG compression.")


class DefenceKnobs(SqueezingKnobs, PerturbationKnobs):
    """One attack, and the transformations that are tried against it."""
