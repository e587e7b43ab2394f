from .back_translation import back_translate
from .eda import augment
from .engines import ENGINES, RANDOM
from .knobs import (
    MAX_WORDS,
    AugmentKnobs,
    AugmentTableKnobs,
    BackTranslationKnobs,
    BackTranslationTableKnobs,
    LearningCurveKnobs,
)
from .learning_curves import learning_curve
from .results import (
    Augmentation,
    AugmentedSentence,
    AugmentedTable,
    BackTranslation,
    DiffSpan,
    LearningCurve,
    LearningCurvePoint,
)
from .tables import augment_table, back_translate_table
from .words import CREDIT

__all__ = [
    "CREDIT",
    "ENGINES",
    "MAX_WORDS",
    "RANDOM",
    "AugmentKnobs",
    "AugmentTableKnobs",
    "Augmentation",
    "AugmentedSentence",
    "AugmentedTable",
    "BackTranslation",
    "BackTranslationKnobs",
    "BackTranslationTableKnobs",
    "DiffSpan",
    "LearningCurve",
    "LearningCurveKnobs",
    "LearningCurvePoint",
    "augment",
    "augment_table",
    "back_translate",
    "back_translate_table",
    "learning_curve",
]
