"""What Classify's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.answers import Answer
from zoo.core.results import Array, Picture


@dataclass(frozen=True)
class Classification:
    """An answer per model, in the order asked, and their average when there are several."""

    answers: tuple[Answer, ...]
    ensemble: Answer | None


@dataclass(frozen=True)
class HeatMap:
    """Grad-CAM of one class.

    ``heat``: (h, w) in [0, 1] over the part of the picture that the model sees: ``box`` (left, top, right, bottom) in
    picture pixels. ``picture``: the input under its heat map.
    """

    model: str
    id: str
    label: str
    heat: Array
    box: tuple[float, float, float, float]
    picture: Picture


@dataclass(frozen=True)
class Explanation:
    """``importance``: (H, W) in [0, 1], by ``method``, for each pixel that the model sees."""

    method: str
    importance: Array


@dataclass(frozen=True)
class Explanations:
    """Five methods on one prediction. ``picture``: what the model sees, and each method's map of it, side by side."""

    model: str
    id: str
    label: str
    maps: tuple[Explanation, ...]
    picture: Picture
