"""Augment: new sentences that mean about the same, to learn more from few.

>>> from zoo.augment import augment
>>> augment("what a happy dog")[0].text  # doctest: +SKIP
'what a glad dog'
"""

from zoo.augment.back import BackTranslated, back_translate
from zoo.augment.eda import MAX_WORDS, Augmented, Piece, augment
from zoo.augment.engines import MAKERS
from zoo.augment.proof import Point, proof
from zoo.augment.table import Expanded, expand
from zoo.knobs.augment import AugmentKnobs, BackKnobs

__all__ = [
    "MAKERS",
    "MAX_WORDS",
    "AugmentKnobs",
    "Augmented",
    "BackKnobs",
    "BackTranslated",
    "Expanded",
    "Piece",
    "Point",
    "augment",
    "back_translate",
    "expand",
    "proof",
]
