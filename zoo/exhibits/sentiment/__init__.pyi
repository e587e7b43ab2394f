from .evaluation import Evaluation, evaluate
from .knobs import DEFAULT_MODEL, MAX_CHARACTERS, SentimentKnobs, SingleModelKnobs, TableKnobs
from .labels import BINARY_LABELS, LABELS
from .occlusion import word_contributions
from .own_classifiers import HubHead, OwnClassifier, own_classifier
from .predict import model_input, probabilities, sentiment, sentiment_card
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
from .tokenization import TokenizedText
from .windows import padded, split_windows, window_weight

__all__ = [
    "BINARY_LABELS",
    "DEFAULT_MODEL",
    "LABELS",
    "MAX_CHARACTERS",
    "AnnotatedRow",
    "AnnotatedTable",
    "Evaluation",
    "HubHead",
    "OwnClassifier",
    "Rewrite",
    "Rewrites",
    "Sentiment",
    "SentimentKnobs",
    "SingleModelKnobs",
    "TableKnobs",
    "TokenizedText",
    "WordContribution",
    "WordContributions",
    "added_columns",
    "annotate_table",
    "evaluate",
    "model_input",
    "own_classifier",
    "padded",
    "probabilities",
    "rewrites",
    "rewritten",
    "sentiment",
    "sentiment_card",
    "split_windows",
    "window_weight",
    "word_contributions",
]
