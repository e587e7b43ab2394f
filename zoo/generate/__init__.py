"""Generate: text, one sub-word after the other, and a look inside while it is written.

>>> from zoo.generate import GenerateKnobs, completed, generate
>>> completed(generate("It was one of those mornings when", GenerateKnobs(length=40))).samples[0].text  # doctest: +SKIP
' the sun was shining'
"""

from zoo.core.jobs import completed
from zoo.generate.evaluate import evaluate
from zoo.generate.inside import Surprise, attention, surprise
from zoo.generate.stream import MAX_CHARACTERS, Generated, Piece, Sample, generate, texts, writer_card
from zoo.generate.tune import Tuning, tune
from zoo.knobs.generate import GenerateKnobs, TuneKnobs

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
    "completed",
    "evaluate",
    "generate",
    "surprise",
    "texts",
    "tune",
    "writer_card",
]
