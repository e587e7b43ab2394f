"""What Classify's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.answers import Answer
from zoo.core.results import Array, Picture


@dataclass(frozen=True)
class Classification:
    """One answer a model, in the order of the models, and the average of several as ``ensemble``.

    ``blank``: what the models are given is of one colour, so that no class can be right; the answers are then unsure,
    however probable their best class is. ``notes``, here and below: that, and how the picture was decoded, where that
    is not a matter of course.
    """

    answers: tuple[Answer, ...]
    ensemble: Answer | None
    blank: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeatMap:
    """Grad-CAM of one class, given by its ``id`` and ``label``.

    ``definition``: of the class in WordNet 3.0, empty where the class is no synset of it. ``restriction``: of the
    model. ``heat``: (h, w) in [0, 1], over the part of the picture that is the model's input:
    ``box``, (left, top, right, bottom) in pixels. ``picture``: the picture under its heat map.
    """

    model: str
    restriction: str
    id: str
    label: str
    heat: Array
    box: tuple[float, float, float, float]
    picture: Picture
    definition: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """``importance``: (H, W) in [0, 1], of each pixel of the model's input, by ``method``."""

    method: str
    importance: Array


@dataclass(frozen=True)
class Explanations:
    """Five methods on the logit of one class. ``picture``: the model's input and each method's map, side by side."""

    model: str
    restriction: str
    id: str
    label: str
    maps: tuple[Explanation, ...]
    picture: Picture
    notes: tuple[str, ...] = ()
