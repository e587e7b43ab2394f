"""The given tweets, with the split that every figure in the card refers to."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEGATIVE, NEUTRAL, POSITIVE = range(3)
NAMES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
SOURCES = ("semeval", "sentiment140", "extraction", "airline")
HELD_OUT = 10  # one in so many


@dataclass(frozen=True)
class Tweets:
    """Texts with labels (0 negative, 1 neutral, 2 positive) and where each is from (a place in ``SOURCES``)."""

    texts: list[str]
    labels: NDArray[np.int64]
    sources: NDArray[np.int64]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Tweets":
        return Tweets([t for t, keep in zip(self.texts, chosen, strict=True) if keep], *self._rows(chosen))

    def _rows(self, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return self.labels[chosen], self.sources[chosen]


def all_tweets(data: Path) -> Tweets:
    """Every source, each text once."""
    folder = data / "tweets"
    semeval = pd.read_parquet(folder / "semeval2013_2016.parquet")
    noisy = pd.read_parquet(folder / "sentiment140_part.parquet")
    extraction = pd.read_parquet(folder / "tweet_sentiment_extraction.parquet")
    airline = pd.read_parquet(folder / "airline.parquet")
    parts = [
        (semeval["text"], semeval["label"].map(NAMES)),
        (noisy["text"], noisy["target"] // 2),
        (extraction["text"], extraction["sentiment"].map(NAMES)),
        (airline["text"], airline["airline_sentiment"].map(NAMES)),
    ]
    tables = [
        pd.DataFrame({"text": texts, "label": labels, "source": source}) for source, (texts, labels) in enumerate(parts)
    ]
    table = pd.concat(tables).dropna().drop_duplicates("text")
    return Tweets(table["text"].tolist(), table["label"].to_numpy(np.int64), table["source"].to_numpy(np.int64))


def split(tweets: Tweets) -> tuple[Tweets, Tweets]:
    """(train, held out): one text in ten, by a checksum of its letters, so that near copies stay together."""
    letters = ["".join(char for char in text.lower() if char.isalpha()) for text in tweets.texts]
    held = np.array([zlib.crc32(text.encode()) % HELD_OUT == 0 for text in letters])
    return tweets[~held], tweets[held]
