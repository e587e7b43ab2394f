"""Translate: from English to French and back, one sub-word after the other.

>>> from zoo.translate import translate
>>> translate("I love cats.").translation  # doctest: +SKIP
"J'adore les chats."
"""

from zoo.knobs.translate import TranslateKnobs
from zoo.translate.alignment import Alignment, align
from zoo.translate.evaluate import Evaluation, evaluate
from zoo.translate.predict import (
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
