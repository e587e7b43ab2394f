from .decoding import MAX_CHARACTERS, Generated, Piece, Sample, generate, texts, writer_card
from .evaluation import evaluate
from .fine_tuning import Tuning, tune
from .inspection import Surprise, attention, surprise
from .knobs import GenerateKnobs, TuneKnobs

__all__ = [
    "MAX_CHARACTERS",
    "GenerateKnobs",
    "Generated",
    "Piece",
    "Sample",
    "Surprise",
    "TuneKnobs",
    "Tuning",
    "attention",
    "evaluate",
    "generate",
    "surprise",
    "texts",
    "tune",
    "writer_card",
]
