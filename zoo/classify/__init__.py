"""Classify: name what a picture shows, say how sure that is, and show which part decided.

>>> from PIL import Image
>>> from zoo.classify import classify
>>> classify(Image.open("cat.jpg")).answers[0].predictions[0].label  # doctest: +SKIP
'Egyptian cat'
"""

from zoo.classify.evaluate import Evaluation, evaluate
from zoo.classify.explain import HeatMap, explain, explanations, overlay, seen
from zoo.classify.predict import Classification, architecture, classify, probabilities
from zoo.core.answers import Answer, Prediction
from zoo.knobs.classify import DEFAULT_MODEL, ClassifyKnobs

__all__ = [
    "DEFAULT_MODEL",
    "Answer",
    "Classification",
    "ClassifyKnobs",
    "Evaluation",
    "HeatMap",
    "Prediction",
    "architecture",
    "classify",
    "evaluate",
    "explain",
    "explanations",
    "overlay",
    "probabilities",
    "seen",
]
