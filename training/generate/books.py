"""Books as sub-words: learnt from and held out, the author of the last lesson apart from all others."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from zoo.exhibits.generate.text import reflowed

ARCHIVES = ("english_novels", "wodehouse")
# One of Wodehouse's, two of others: never learnt from, nor was the vocabulary.
HELD_OUT = ("pg6880.txt", "Chesterton_Innocence_1911.txt", "Hardy_Jude_1895.txt")


@dataclass(frozen=True)
class Book:
    """``shelf``: the archive that it comes from."""

    name: str
    shelf: str
    text: str

    @property
    def held_out(self) -> bool:
        return self.name in HELD_OUT


def books(data: Path) -> list[Book]:
    """In the order of their names, laid out anew."""
    found = []
    for shelf in ARCHIVES:
        with tarfile.open(data / "prose" / f"{shelf}.tar.xz") as archive:
            for member in sorted((each for each in archive if each.isfile()), key=lambda each: each.name):
                file = archive.extractfile(member)
                assert file is not None
                found.append(Book(Path(member.name).name, shelf, reflowed(file.read().decode("utf-8"))))
    return found


def numbered(texts: list[str], tokenizer: Tokenizer, end: int) -> Tensor:
    """(N,) int16 sub-words of all texts, one after the other, with an ``end`` behind each."""
    rows = [np.array([*encoding.ids, end], np.int16) for encoding in tokenizer.encode_batch(texts)]
    return torch.from_numpy(np.concatenate(rows))
