"""A warm answer, the words that made it, and tables, beside TF-IDF with logistic regression.

python -m benchmarks.sentiment
"""

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.timing import ROUNDS, milliseconds
from zoo.exhibits.sentiment import explain, probabilities, sentiment
from zoo.exhibits.sentiment.knobs import DEFAULT_MODEL

TWEET = "@airline three hours late and nobody tells us anything, never again!!! #fail"


def main() -> None:
    tweets = [f"{TWEET} {number}" for number in range(1000)]
    regression = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    regression.fit(tweets, [number % 2 for number in range(len(tweets))])  # the time hardly depends on what it learnt
    names = ["ours, one tweet", "ours, its words", "ours, 1,000 tweets", "regression, one tweet", "regression, 1,000"]
    times = milliseconds(
        lambda: sentiment(TWEET),
        lambda: explain(TWEET, DEFAULT_MODEL),
        lambda: probabilities(DEFAULT_MODEL, tweets),
        lambda: regression.predict_proba([TWEET]),
        lambda: regression.predict_proba(tweets),
    )
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, spent in zip(names, times, strict=True):
        print(f"{name:24s}{spent:8.1f} ms   {spent / times[0]:6.2f} of one tweet")
    print(f"{1e6 / times[2]:,.0f} tweets a second")


if __name__ == "__main__":
    main()
