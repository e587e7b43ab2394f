from .evaluation import Evaluation, evaluate
from .heat_maps import explanations, heat_map, overlay, visible
from .knobs import DEFAULT_MODEL, ClassifyKnobs, ExplainKnobs, HeatMapKnobs
from .predict import classifier_card, classify, model_input, probabilities
from .results import Classification, Explanation, Explanations, HeatMap

__all__ = [
    "DEFAULT_MODEL",
    "Classification",
    "ClassifyKnobs",
    "Evaluation",
    "ExplainKnobs",
    "Explanation",
    "Explanations",
    "HeatMap",
    "HeatMapKnobs",
    "classifier_card",
    "classify",
    "evaluate",
    "explanations",
    "heat_map",
    "model_input",
    "overlay",
    "probabilities",
    "visible",
]
