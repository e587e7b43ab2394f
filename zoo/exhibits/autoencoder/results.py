"""What Autoencoder's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.results import Hidden, Picture


@dataclass(frozen=True)
class Errors:
    """How far one student's reconstructions are from the pictures.

    ``distance``: perceptual, from 0 to 2, by all stages of ``perceptual-resnet``. ``mse``: mean squared error of pixels
    in [0, 1].
    """

    student: str
    distance: float
    mse: float


@dataclass(frozen=True)
class Reconstruction:
    """Means over the pictures.

    ``steps``: that the students have learnt for since their start. ``picture``: a row each of the pictures, of the
    pixel student's reconstructions and of the perceptual student's. ``milliseconds``: waiting and computing.
    """

    errors: tuple[Errors, ...]
    steps: int
    milliseconds: float
    restriction: str
    picture: Picture
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curves:
    """Values at ``steps``, thinned where there are many: the loss of each student on its batch."""

    steps: tuple[int, ...]
    pixel_loss: tuple[float, ...]
    perceptual_loss: tuple[float, ...]


@dataclass(frozen=True)
class LearnPreview:
    """A state of learning. ``picture``: as in ``Reconstruction``, of up to eight pictures spread over those so far."""

    errors: tuple[Errors, ...]
    picture: Hidden


@dataclass(frozen=True)
class LearningRun:
    """Both students after learning.

    ``pictures``: how many different ones there were. ``before`` and ``after``: errors on up to eight of them, before
    the first step and after the last. ``state``: a safetensors file, from which they go on. ``left_out``: files that
    were no pictures.
    """

    steps: int
    pictures: int
    before: tuple[Errors, ...]
    after: tuple[Errors, ...]
    curves: Curves
    restriction: str
    picture: Picture
    state: Hidden
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Morph:
    """``frames``: from the reconstruction of the first picture to that of the second.

    ``distance``: Euclidean, between the two codes.
    """

    student: str
    distance: float
    restriction: str
    frames: Hidden


@dataclass(frozen=True)
class ProbeScore:
    """``accuracy``: of logistic regression on ``features``, ``dimensions`` numbers a picture, on the test pictures."""

    features: str
    dimensions: int
    accuracy: float


@dataclass(frozen=True)
class Probe:
    """``baseline``: the accuracy of the most frequent class. ``trained_on`` and ``tested_on``: numbers of pictures."""

    scores: tuple[ProbeScore, ...]
    classes: tuple[str, ...]
    trained_on: int
    tested_on: int
    baseline: float
    restriction: str
    left_out: tuple[str, ...] = ()
