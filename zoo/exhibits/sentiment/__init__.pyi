from .evaluation import Evaluation, evaluate
from .knobs import DEFAULT_MODEL, MAX_CHARACTERS, SentimentKnobs, SingleModelKnobs, TableKnobs
from .labels import BINARY_LABELS, LABELS
from .occlusion import word_contributions
from .predict import probabilities, sentiment, sentiment_card
from .results import (
    AnnotatedRow,
    AnnotatedTable,
    Rewrite,
    Rewrites,
    Sentiment,
    WordContribution,
    WordContributions,
)
from .rewriting import rewrites, rewritten
from .tables import added_columns, annotate_table

__all__ = [
    "BINARY_LABELS",
    "DEFAULT_MODEL",
    "LABELS",
    "MAX_CHARACTERS",
    "AnnotatedRow",
    "AnnotatedTable",
    "Evaluation",
    "Rewrite",
    "Rewrites",
    "Sentiment",
    "SentimentKnobs",
    "SingleModelKnobs",
    "TableKnobs",
    "WordContribution",
    "WordContributions",
    "added_columns",
    "annotate_table",
    "evaluate",
    "probabilities",
    "rewrites",
    "rewritten",
    "sentiment",
    "sentiment_card",
    "word_contributions",
]
