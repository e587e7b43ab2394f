"""Sentence pairs of English and French, for training and held out."""

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from zoo.exhibits.translate.text import normalize

HELD_OUT = 80  # one English sentence in so many
PHRASE_BOOK = Path(__file__).with_name("phrasebook.tsv")
TYPED_EVERY = 3  # one repetition in so many is as it is typed in a hurry


@dataclass(frozen=True)
class Pairs:
    english: list[str]
    french: list[str]

    def __len__(self) -> int:
        return len(self.english)

    def __add__(self, other: "Pairs") -> "Pairs":
        return Pairs(self.english + other.english, self.french + other.french)

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


def phrase_book() -> Pairs:
    """What a traveller or a newcomer says first, written for this recipe: greetings, thanks, allergies, directions."""
    rows = [line.split("\t") for line in PHRASE_BOOK.read_text(encoding="utf-8").splitlines()]
    return Pairs([english for english, _ in rows], [french for _, french in rows])


def as_typed(pairs: Pairs) -> Pairs:
    """In lower case, without the mark at the end."""
    return Pairs(*([text.lower().rstrip(".!? ") for text in side] for side in (pairs.english, pairs.french)))


def repeated(book: Pairs, times: int) -> Pairs:
    """The pairs so many times, one time in three in lower case and without the mark at the end."""
    copies = [as_typed(book) if number % TYPED_EVERY == 0 else book for number in range(1, times + 1)]
    return sum(copies, Pairs([], []))


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


def without(pairs: Pairs, others: Pairs) -> Pairs:
    """The pairs that share no sentence, of either language, with the others."""
    english, french = ({text.lower() for text in side} for side in (others.english, others.french))
    rows = zip(pairs.english, pairs.french, strict=True)
    kept = [(one, other) for one, other in rows if one.lower() not in english and other.lower() not in french]
    return Pairs([one for one, _ in kept], [other for _, other in kept])


def load_pairs(data: Path) -> tuple[Pairs, Pairs]:
    """Training pairs of Tatoeba and Multi30k, and the held-out pairs of Tatoeba.

    A sentence of the phrase book is not held out: a translator has to learn "Hello!".
    """
    train, held_out = train_test_split(tatoeba(data))
    return train + captions(data, "train"), without(held_out, phrase_book())


def write_pairs(pairs: Pairs, path: Path) -> None:
    """Lines of English, a tab, French."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerows(zip(pairs.english, pairs.french, strict=True))
