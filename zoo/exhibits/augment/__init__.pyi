from .back_translation import BackTranslated, back_translate
from .eda import MAX_WORDS, Augmented, Piece, augment
from .engines import MAKERS
from .knobs import AugmentKnobs, BackKnobs
from .learning_curves import Point, proof
from .tables import Expanded, expand

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
