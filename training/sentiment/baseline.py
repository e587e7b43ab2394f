"""The baseline of TweetLSTM: TF-IDF of words and letters with logistic regression, on the same tweets."""

import json

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from training import options
from training.sentiment.metrics import accuracy, macro_recall
from training.sentiment.tweets import NEUTRAL, SOURCES, Tweets, load_tweets, train_test_split


def fit(tweets: Tweets) -> Pipeline:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"[^\s]+")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=5, sublinear_tf=True)
    regression = LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, solver="saga", tol=1e-2)
    return make_pipeline(make_union(words, letters), regression).fit(tweets.texts, tweets.labels)


def measure_baseline(training: Tweets, held_out: Tweets) -> dict[str, float]:
    """Macro-recall of three classes on SemEval's held-out tweets, accuracy of two on Sentiment140's."""
    semeval, sentiment140 = held_out.of_source("semeval"), held_out.of_source("sentiment140")
    classifier = fit(training[training.sources != SOURCES.index("sentiment140")])
    binary_classifier = fit(training[training.labels != NEUTRAL])
    return {
        "macro_recall": macro_recall(classifier.predict(semeval.texts), semeval.labels),
        "accuracy": accuracy(binary_classifier.predict(sentiment140.texts), sentiment140.labels),
    }


def baseline(data: options.Data) -> None:
    """Print the baseline's metrics on the held-out tweets."""
    print(json.dumps(measure_baseline(*train_test_split(load_tweets(data)))))
