"""Times of one text, its word contributions and 1,000 texts, beside TF-IDF with logistic regression.

python -m benchmarks.sentiment
"""

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.timing import ROUNDS, milliseconds
from zoo.exhibits.sentiment import DEFAULT_MODEL, probabilities, sentiment, word_contributions

TWEET = "@airline three hours late and nobody tells us anything, never again!!! #fail"


def main() -> None:
    tweets = [f"{TWEET} {number}" for number in range(1000)]
    regression = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    regression.fit(tweets, [number % 2 for number in range(len(tweets))])  # the labels hardly change the time
    calls = {
        "TweetLSTM, one text": lambda: sentiment(TWEET),
        "TweetLSTM, word contributions": lambda: word_contributions(TWEET),
        "TweetLSTM, 1,000 texts": lambda: probabilities(DEFAULT_MODEL, tweets),
        "regression, one text": lambda: regression.predict_proba([TWEET]),
        "regression, 1,000 texts": lambda: regression.predict_proba(tweets),
    }
    times = dict(zip(calls, milliseconds(*calls.values()), strict=True))
    print(f"{torch.get_num_threads()} threads, {ROUNDS} rounds, median")
    for name, duration in times.items():
        print(f"{name:30s}{duration:8.1f} ms   {duration / times['TweetLSTM, one text']:6.2f} of one text")
    print(f"{1e6 / times['TweetLSTM, 1,000 texts']:,.0f} texts a second")


if __name__ == "__main__":
    main()
