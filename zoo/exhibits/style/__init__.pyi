from .animation import encode_animation
from .evaluation import Evaluation, evaluate
from .fast import apply_strength, model_input, style_card, stylise
from .fine_tuning import THUMBNAIL_FILE, learn_style
from .knobs import FastStyleKnobs, LearnKnobs, StyleKnobs
from .optimised import estimate_memory, optimise_style
from .results import FastStyle, LearnPreview, OptimisedStyle

__all__ = [
    "THUMBNAIL_FILE",
    "Evaluation",
    "FastStyle",
    "FastStyleKnobs",
    "LearnKnobs",
    "LearnPreview",
    "OptimisedStyle",
    "StyleKnobs",
    "apply_strength",
    "encode_animation",
    "estimate_memory",
    "evaluate",
    "learn_style",
    "model_input",
    "optimise_style",
    "style_card",
    "stylise",
]
