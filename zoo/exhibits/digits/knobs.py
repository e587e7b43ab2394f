"""The knobs of Digits."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

CNN, MLP = "digit-cnn", "digit-mlp"
Activation = Literal["relu", "tanh", "sigmoid", "gelu"]
Optimiser = Literal["SGD", "SGD with momentum", "RMSprop", "Adam"]


class DigitsKnobs(TopKnobs):
    """Which networks read a drawing, and when it counts as no digit."""

    model: list[str] = Field(
        default=[CNN, MLP], min_length=1, max_length=2, title="Models", description="The networks that read the digit."
    )
    not_a_digit: float = Field(
        default=0.5,
        ge=0.01,
        le=1.0,
        title="Not a digit from",
        description='The probability of "not a digit" from which that is the answer.',
    )


class StudentKnobs(Knobs):
    """A perceptron that is trained while one looks on."""

    layers: int = Field(
        default=1, ge=0, le=3, title="Hidden layers", description="0 is a linear classifier: softmax regression."
    )
    width: int = Field(
        default=64,
        ge=4,
        le=256,
        title="Width",
        description="The units of each hidden layer.",
        json_schema_extra={"unit": "units"},
    )
    activation: Activation = Field(
        default="relu", title="Activation", description="The function that follows each hidden layer."
    )
    optimiser: Optimiser = Field(
        default="Adam", title="Optimiser", description="How the weights follow from the gradients."
    )
    learning_rate: float = Field(
        default=0.003,
        ge=0.0001,
        le=1.0,
        title="Learning rate",
        description="The size of each update; SGD wants about 0.1, Adam about 0.003.",
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=512,
        title="Batch size",
        description="The digits that each update is computed on.",
        json_schema_extra={"unit": "digits"},
    )
    seed: int = Field(
        default=0, ge=0, le=99, title="Seed", description="Of the weights and of the order of the digits."
    )


class TrainKnobs(StudentKnobs):
    """The same, trained to an end."""

    steps: int = Field(default=1000, ge=1, le=20_000, title="Steps", description="The updates of the weights.")
