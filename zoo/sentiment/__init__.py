"""Sentiment: the feeling in a tweet, which words carry it, and the same for whole tables.

>>> from zoo.sentiment import sentiment
>>> sentiment("I love this zoo :)").answers[0].label  # doctest: +SKIP
'positive'
"""

from zoo.knobs.sentiment import DEFAULT_MODEL, SentimentKnobs
from zoo.sentiment.evaluate import Evaluation, evaluate
from zoo.sentiment.explain import WordContribution, explain
from zoo.sentiment.labels import THREE
from zoo.sentiment.predict import MAX_CHARACTERS, Answer, Sentiment, probabilities, sentiment
from zoo.sentiment.table import TableResult, annotate
from zoo.sentiment.variants import variants

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
