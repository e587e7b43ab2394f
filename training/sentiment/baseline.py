"""What a network has to beat: TF-IDF of words and letters with logistic regression, on the same tweets."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from training.sentiment.tweets import NEUTRAL, Tweets


def fitted(tweets: Tweets) -> object:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"[^\s]+")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=5, sublinear_tf=True)
    regression = LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, solver="saga", tol=1e-2)
    return make_pipeline(make_union(words, letters), regression).fit(tweets.texts, tweets.labels)


def baseline(train: Tweets, held: Tweets) -> dict[str, float]:
    """Macro-recall on SemEval's held-out tweets by three classes, accuracy on Sentiment140's by two."""
    from training.sentiment.recipe import accuracy, macro_recall, of_source

    labelled, noisy = of_source(held, "semeval"), of_source(held, "sentiment140")
    three = fitted(train[train.sources != 1])
    two = fitted(train[train.labels != NEUTRAL])
    return {
        "macro_recall": macro_recall(three.predict(labelled.texts), labelled.labels),
        "accuracy": accuracy(two.predict(noisy.texts), noisy.labels),
    }
