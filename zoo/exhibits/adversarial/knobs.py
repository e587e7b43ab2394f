"""The settings of Adversarial, for the page, the command line and the API alike.

Sizes of perturbations are in steps of an 8-bit channel: 4 stands for 4/255 of the range from black to white.
"""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

DEFAULT_MODEL = "mobilenet-v2"


class AttackKnobs(TopKnobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="Whose weights the attacker knows.")
    method: Literal["fgsm", "iterated", "pgd"] = Field(
        default="fgsm",
        title="Attack",
        description="One step along the gradient's sign, many small ones, or many from a random start.",
    )
    epsilon: float = Field(
        default=2.0,
        ge=0.0,
        le=32.0,
        title="Epsilon",
        description="How far any channel of any pixel may move.",
        json_schema_extra={"unit": "/ 255"},
    )
    steps: int = Field(
        default=10,
        ge=1,
        le=50,
        title="Steps",
        description="How often the iterated attacks look at the gradient anew.",
    )
    step_size: float = Field(
        default=0.5,
        ge=0.05,
        le=8.0,
        title="Step size",
        description="How far each of those steps goes.",
        json_schema_extra={"unit": "/ 255"},
    )
    target: str = Field(
        default="",
        max_length=100,
        title="Target",
        description="The class that the network shall see instead; empty for any other than the right one.",
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="Chooses where PGD starts.")

    @property
    def targeted(self) -> bool:
        return bool(self.target.strip())


class SurrogateKnobs(Knobs):
    """How a surrogate is learnt from a network's answers."""

    questions: int = Field(
        default=400,
        ge=50,
        le=2000,
        title="Questions",
        description="How many pictures the attacker may show the network before giving up.",
    )


class DefenceKnobs(Knobs):
    """Checks of the input that may wash a perturbation away."""

    bits: int = Field(
        default=4, ge=1, le=8, title="Bits a channel", description="What is left of 8 bits: the fewer, the coarser."
    )
    median: Literal[1, 3, 5, 7] = Field(
        default=3,
        title="Median filter",
        description="Each pixel becomes the median of a square of this side; 1 changes nothing.",
        json_schema_extra={"unit": "pixels"},
    )
    quality: int = Field(
        default=75, ge=5, le=100, title="JPEG quality", description="How much of the picture JPEG keeps."
    )
