"""Tagged sentences, from tweets and novels: how often words are used as what, and where."""

import itertools
import random
import re
import tarfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from zoo.exhibits.augment.tagger import UNTAGGED, WORD, tag

HELD_OUT = 10  # every tenth tweet, by a hash of its text, is only measured on
TWEET_WEIGHT = 3  # of a word in a tweet; one in a novel counts once
CONTEXTS = 24  # sentences kept for each form and tag
LEAST_NEIGHBOURS = 100  # words next to a word, below which they tell nothing
LENGTHS = range(5, 31)  # in words, of the sentences kept
PROSE_SENTENCES = 120_000
SENTENCE_END = re.compile(r"(?<=[.!?])[\"”']?\s+")
COLUMN = "text"

Neighbours = Mapping[str, Counter[str]]
Context = tuple[list[str], int]  # words, and the position of the one that is looked at


@dataclass
class Corpus:
    """``counts``: by form and tag. ``pairs``: adjacent words. ``contexts``: sentences, and a position in each.

    The contexts of a form and tag are a random sample of all.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    contexts: dict[tuple[str, str], list[Context]] = field(default_factory=lambda: defaultdict(list))
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    rng: random.Random = field(default_factory=lambda: random.Random(0))

    def add(self, sentences: Iterable[str], weight: int) -> None:
        for sentence in sentences:
            words = sentence.split()
            matches = [WORD.match(word) for word in words]
            lower = [match[2].lower() if match else "" for match in matches]
            for one, other in itertools.pairwise(lower):
                self.pairs[one, other] += weight
            for position, (form, name) in enumerate(zip(lower, tag(words), strict=True)):
                if form and name != UNTAGGED:
                    self.counts[form, name] += weight
                    if len(words) in LENGTHS:
                        self._keep(self.contexts[form, name], (words, position), self.counts[form, name] // weight)

    def _keep(self, kept: list[Context], context: Context, count: int) -> None:
        """Reservoir sampling (Vitter 1985); ``count``: about how many there were."""
        if len(kept) < CONTEXTS:
            kept.append(context)
        elif (index := self.rng.randrange(count)) < CONTEXTS:
            kept[index] = context

    def overlap(self, forms: Iterable[str], others: Iterable[str]) -> float:
        """How alike the words next to some forms and to others are, in [0, 1]; the lesser of both sides.

        Of each side it is the overlap of the two distributions, or 1 where either has fewer than a hundred words: then
        it tells nothing.
        """
        return min(_overlap(side, {*forms}, {*others}) for side in self.neighbours)

    @cached_property
    def neighbours(self) -> tuple[Neighbours, Neighbours]:
        """By word, the words before it, and those after it, and how often."""
        before: dict[str, Counter[str]] = defaultdict(Counter)
        after: dict[str, Counter[str]] = defaultdict(Counter)
        for (one, other), count in self.pairs.items():
            before[other][one] = after[one][other] = count
        return before, after


def _overlap(neighbours: Neighbours, forms: Iterable[str], others: Iterable[str]) -> float:
    one, other = (sum((neighbours.get(form, Counter()) for form in side), Counter[str]()) for side in (forms, others))
    total, other_total = one.total(), other.total()
    if min(total, other_total) < LEAST_NEIGHBOURS:
        return 1.0
    return sum(min(count / total, other[word] / other_total) for word, count in one.items())


def read_corpus(data: Path) -> Corpus:
    """The tweets that are not held out, and a part of the novels."""
    corpus = Corpus()
    corpus.add(tweets(data, held_out=False), TWEET_WEIGHT)
    corpus.add(prose(data), 1)
    return corpus


def tweets(data: Path, *, held_out: bool) -> Iterator[str]:
    """Tweets of all sets, once each: the tenth that is held out, or the others."""
    met = set()
    for path in sorted((data / "tweets").glob("*.parquet")):
        for text in pd.read_parquet(path, columns=[COLUMN])[COLUMN].astype(str):
            digest = zlib.crc32(text.strip().lower().encode())
            if digest not in met and (digest % HELD_OUT == 0) is held_out:
                met.add(digest)
                yield text


def prose(data: Path) -> Iterator[str]:
    """Sentences of the novels, every so many, ``PROSE_SENTENCES`` in all."""
    count = 0
    with tarfile.open(data / "prose" / "english_novels.tar.xz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".txt") else None
            if file is None:
                continue
            text = " ".join(file.read().decode("utf-8", "replace").split())
            for sentence in SENTENCE_END.split(text)[::4]:
                count += 1
                if count > PROSE_SENTENCES:
                    return
                yield sentence
