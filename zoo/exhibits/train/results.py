"""What Train's operations return. Nothing here imports torch."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["language model", "head", "all layers"]
Split = Literal["training", "validation", "test"]


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pictures; ``number`` counts from 1 over all stages and runs.

    ``loss`` and ``validation_loss`` in nats, ``validation_accuracy`` in [0, 1]; ``learning_rate``: the largest of the
    epoch's; ``run``: of an ensemble, counted from 1. In the stage "language model" losses are nats per token, and the
    accuracy is that of the next token.
    """

    number: int
    stage: Stage
    loss: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    run: int = 1


@dataclass(frozen=True)
class Curves:
    """Progress of a training: the preview of each of its job's records.

    ``finder``: (learning rate, smoothed loss in nats) of the learning-rate finder; ``suggestion``: the learning rate
    that it suggests, 0 before it has run.
    """

    epochs: tuple[Epoch, ...] = ()
    finder: tuple[tuple[float, float], ...] = ()
    suggestion: float = 0.0


@dataclass(frozen=True)
class Scored:
    """A picture with what the model predicts of it.

    ``id``: its id in the dataset, or its name in the archive; ``label``: the class that it came with.
    ``probabilities``: in the order of the classes; ``loss``: the negative logarithm of its label's, in nats. For a
    training picture they are out-of-fold: of a head that was not trained on it. ``position``: in the two-dimensional
    map of the features. ``quality``: in [0, 1], low where the label is doubtful (confident learning, Northcutt et al.
    2021, arXiv:1911.00068); ``issue``: whether the label is probably wrong. A test picture has quality 1 and no issue.
    """

    id: str
    label: str
    predicted: str
    probabilities: tuple[float, ...]
    loss: float
    split: Split
    position: tuple[float, float]
    quality: float
    issue: bool


@dataclass(frozen=True)
class Baseline:
    """The figures of TF-IDF with logistic regression on the texts that ``Training``'s figures are of."""

    accuracy: float
    ece: float
    confusion: tuple[tuple[int, ...], ...]
    seconds: float


@dataclass(frozen=True)
class Training:
    """A trained classifier, kept as the user model ``model``, and its figures on the validation pictures.

    ``counts``: the pictures of each of ``classes``; ``backbone``: the model whose features it uses, ``restriction``:
    passed on from it. ``accuracy`` and ``ece``, the expected calibration error in 15 bins, in [0, 1]: on the test
    pictures where the data has a test folder, else on the validation pictures. ``confusion``: counts of the same
    pictures, a row for each true class, a column for each predicted one. ``temperature``: divides the logits.
    ``duplicates``: groups of ids of near-duplicates. ``notes``: what was left out, and whether it was stopped early.

    Of texts, ids are row numbers, ``backbone`` is the method, and ``baseline`` has the figures to compare with.
    """

    model: str
    title: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    backbone: str
    restriction: str
    seconds: float
    curves: Curves
    accuracy: float
    ece: float
    temperature: float
    confusion: tuple[tuple[int, ...], ...]
    scored: tuple[Scored, ...]
    duplicates: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    unsure_below: float = 0.0
    baseline: Baseline | None = None
