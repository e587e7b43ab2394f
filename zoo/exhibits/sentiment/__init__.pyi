from .evaluation import Evaluation, evaluate
from .explanation import WordContribution, explain
from .knobs import DEFAULT_MODEL, SentimentKnobs
from .labels import THREE
from .predict import MAX_CHARACTERS, Answer, Sentiment, probabilities, sentiment
from .rewrites import variants
from .tables import TableResult, annotate

__all__ = [
    "DEFAULT_MODEL",
    "MAX_CHARACTERS",
    "THREE",
    "Answer",
    "Evaluation",
    "Sentiment",
    "SentimentKnobs",
    "TableResult",
    "WordContribution",
    "annotate",
    "evaluate",
    "explain",
    "probabilities",
    "sentiment",
    "variants",
]
