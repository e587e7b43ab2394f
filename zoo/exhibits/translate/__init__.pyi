from .alignment import Alignment, align
from .evaluation import Evaluation, evaluate
from .knobs import TranslateKnobs
from .predict import (
    MAX_CHARACTERS,
    Translation,
    checked_text,
    model_of,
    readable,
    translate,
    translations,
)

__all__ = [
    "MAX_CHARACTERS",
    "Alignment",
    "Evaluation",
    "TranslateKnobs",
    "Translation",
    "align",
    "checked_text",
    "evaluate",
    "model_of",
    "readable",
    "translate",
    "translations",
]
