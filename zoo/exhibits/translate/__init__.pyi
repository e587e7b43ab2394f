from .attention import align, alignment
from .directions import DIRECTIONS, ENGLISH, Direction, Engine, find_direction, model_of, pivot_languages
from .evaluation import Evaluation, evaluate
from .knobs import MAX_CHARACTERS, BeamKnobs, TranslateKnobs
from .predict import check_text, chosen_model, clean_text, translate, translate_texts, translator_card
from .reading import model_input
from .results import AlignedSentence, Alignment, SentencePair, Translation

__all__ = [
    "DIRECTIONS",
    "ENGLISH",
    "MAX_CHARACTERS",
    "AlignedSentence",
    "Alignment",
    "BeamKnobs",
    "Direction",
    "Engine",
    "Evaluation",
    "SentencePair",
    "TranslateKnobs",
    "Translation",
    "align",
    "alignment",
    "check_text",
    "chosen_model",
    "clean_text",
    "evaluate",
    "find_direction",
    "model_input",
    "model_of",
    "pivot_languages",
    "translate",
    "translate_texts",
    "translator_card",
]
