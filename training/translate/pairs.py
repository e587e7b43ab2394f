"""Sentence pairs of English and French, for training and held out."""

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zoo.exhibits.translate.text import normalize

HELD_OUT = 80  # one English sentence in so many


@dataclass(frozen=True)
class Pairs:
    english: list[str]
    french: list[str]

    def __len__(self) -> int:
        return len(self.english)

    def sides(self, direction: str) -> tuple[list[str], list[str]]:
        """Sources and targets of ``en-fr`` or ``fr-en``."""
        return (self.english, self.french) if direction == "en-fr" else (self.french, self.english)


def tatoeba(data: Path) -> Pairs:
    """The sentence pairs of Tatoeba, normalized."""
    with gzip.open(data / "pairs" / "eng-fra.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row[:2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return Pairs([normalize(english) for english, _ in rows], [normalize(french) for _, french in rows])


def captions(data: Path, split: str) -> Pairs:
    """Multi30k's captions of pictures, normalized; ``split`` is train or val."""
    frame = pd.read_parquet(data / "pairs" / "multi30k_train_val.parquet")
    rows = frame[frame["split"] == split]
    return Pairs([normalize(text) for text in rows["en"]], [normalize(text) for text in rows["fr"]])


def weighted(pairs: Pairs, short: int, repeats: int, every: int) -> Pairs:
    """Pairs of at most ``short`` English words ``repeats`` times, and one of ``every`` of the others."""
    numbers: list[int] = []
    long = 0
    for number, english in enumerate(pairs.english):
        if len(english.split()) <= short:
            numbers += [number] * repeats
        else:
            numbers += [number] if long % every == 0 else []
            long += 1
    return Pairs([pairs.english[number] for number in numbers], [pairs.french[number] for number in numbers])


def train_test_split(pairs: Pairs) -> tuple[Pairs, Pairs]:
    """Training and held-out pairs: no sentence of either language is in both."""
    chosen = [zlib.crc32(english.lower().encode()) % HELD_OUT == 0 for english in pairs.english]
    rows = list(zip(pairs.english, pairs.french, chosen, strict=True))
    held_out_french = {french.lower() for _, french, is_held_out in rows if is_held_out}
    train = [
        (english, french)
        for english, french, is_held_out in rows
        if not is_held_out and french.lower() not in held_out_french
    ]
    held_out = [(english, french) for english, french, is_held_out in rows if is_held_out]
    return Pairs(*map(list, zip(*train, strict=True))), Pairs(*map(list, zip(*held_out, strict=True)))


def load_pairs(data: Path) -> tuple[Pairs, Pairs]:
    """Training pairs of Tatoeba and Multi30k, and the held-out pairs of Tatoeba."""
    train, held_out = train_test_split(tatoeba(data))
    more = captions(data, "train")
    return Pairs(train.english + more.english, train.french + more.french), held_out


def write_pairs(pairs: Pairs, path: Path) -> None:
    """Lines of English, a tab, French."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerows(zip(pairs.english, pairs.french, strict=True))
