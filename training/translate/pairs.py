"""Sentence pairs of English and French, learnt from and held out."""

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zoo.exhibits.translate.text import plain

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
    with gzip.open(data / "pairs" / "eng-fra.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row[:2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return Pairs([plain(english) for english, _ in rows], [plain(french) for _, french in rows])


def captions(data: Path, split: str) -> Pairs:
    """Multi30k's captions of pictures: ``split`` is train or val."""
    frame = pd.read_parquet(data / "pairs" / "multi30k_train_val.parquet")
    rows = frame[frame["split"] == split]
    return Pairs([plain(text) for text in rows["en"]], [plain(text) for text in rows["fr"]])


def split(pairs: Pairs) -> tuple[Pairs, Pairs]:
    """Learnt from and held out: no sentence of either language is on both sides."""
    chosen = [zlib.crc32(english.lower().encode()) % HELD_OUT == 0 for english in pairs.english]
    both = list(zip(pairs.english, pairs.french, chosen, strict=True))
    french = {known.lower() for _, known, held in both if held}
    learnt = [(english, known) for english, known, held in both if not held and known.lower() not in french]
    kept = [(english, known) for english, known, held in both if held]
    return Pairs(*map(list, zip(*learnt, strict=True))), Pairs(*map(list, zip(*kept, strict=True)))
