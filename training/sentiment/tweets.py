"""The four collections of labelled tweets, and the split that every metric in the card refers to."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEGATIVE, NEUTRAL, POSITIVE = range(3)
CLASS_INDICES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
SOURCES = ("semeval", "sentiment140", "extraction", "airline", "phrases")
HELD_OUT = 10  # one text in so many


@dataclass(frozen=True)
class Tweets:
    """N texts with ``labels`` (0 negative, 1 neutral, 2 positive) and ``sources``, indices into ``SOURCES``: (N,)."""

    texts: list[str]
    labels: NDArray[np.int64]
    sources: NDArray[np.int64]

    def __getitem__(self, mask: NDArray[np.bool_]) -> "Tweets":
        texts = [text for text, selected in zip(self.texts, mask, strict=True) if selected]
        return Tweets(texts, self.labels[mask], self.sources[mask])

    def of_source(self, name: str) -> "Tweets":
        """The tweets of one collection."""
        return self[self.sources == SOURCES.index(name)]


def load_tweets(data: Path) -> Tweets:
    """All collections of tweets; of equal texts the first alone."""
    folder = data / "tweets"
    semeval = pd.read_parquet(folder / "semeval2013_2016.parquet")
    sentiment140 = pd.read_parquet(folder / "sentiment140_part.parquet")
    extraction = pd.read_parquet(folder / "tweet_sentiment_extraction.parquet")
    airline = pd.read_parquet(folder / "airline.parquet")
    parts = [
        (semeval["text"], semeval["label"].map(CLASS_INDICES)),
        (sentiment140["text"], sentiment140["target"] // 2),
        (extraction["text"], extraction["sentiment"].map(CLASS_INDICES)),
        (airline["text"], airline["airline_sentiment"].map(CLASS_INDICES)),
    ]
    tables = [
        pd.DataFrame({"text": texts, "label": labels, "source": source}) for source, (texts, labels) in enumerate(parts)
    ]
    table = pd.concat(tables).dropna().drop_duplicates("text")
    return Tweets(table["text"].tolist(), table["label"].to_numpy(np.int64), table["source"].to_numpy(np.int64))


def concatenated(first: Tweets, second: Tweets) -> Tweets:
    """All texts of both."""
    labels, sources = (
        np.concatenate(pair) for pair in ((first.labels, second.labels), (first.sources, second.sources))
    )
    return Tweets([*first.texts, *second.texts], labels, sources)


def train_test_split(tweets: Tweets) -> tuple[Tweets, Tweets]:
    """(training, held out): one text in ten is held out, by a checksum of its letters.

    Texts that differ only in punctuation, digits or case are in the same split.
    """
    letters = ["".join(char for char in text.lower() if char.isalpha()) for text in tweets.texts]
    held_out = np.array([zlib.crc32(text.encode()) % HELD_OUT == 0 for text in letters])
    return tweets[~held_out], tweets[held_out]
