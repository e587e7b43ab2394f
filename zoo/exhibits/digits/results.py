"""What Digits' operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.answers import Prediction
from zoo.core.results import Array, Hidden, Picture

NOT_A_DIGIT = "not a digit"


@dataclass(frozen=True)
class DigitAnswer:
    """The answer of one network: ``label``, a digit or "not a digit", and its ``probability``.

    ``predictions``: the most probable classes. ``hidden``: (units,) the activations of the last hidden layer, or the
    largest value of each of the last feature maps. ``evidence``: (28, 28) what each pixel of the normalised picture
    added to the logit of the best digit (integrated gradients); their sum is its change from the empty picture.
    """

    model: str
    restriction: str
    label: str
    probability: float
    predictions: tuple[Prediction, ...]
    milliseconds: float
    hidden: Array
    evidence: Array


@dataclass(frozen=True)
class Digits:
    """``normalised``: (28, 28) ink in [0, 1] as the networks receive it. ``blank``: there is no ink.

    ``picture``: the normalised picture, and beside it the evidence of each network: blue raised the logit of its
    digit, red lowered it.
    """

    answers: tuple[DigitAnswer, ...]
    normalised: Array
    blank: bool
    picture: Picture
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DigitTraining:
    """A network after its training. ``accuracy`` and ``loss`` are of 1,000 digits that it was not trained on.

    ``parameters``: their number. ``record``: the values at each kept step. ``state``: its weights as a safetensors
    file. ``notes``: what to change where the network does not learn.
    """

    steps: int
    accuracy: float
    loss: float
    parameters: int
    record: tuple[dict[str, float], ...]
    state: Hidden
    notes: tuple[str, ...] = ()
