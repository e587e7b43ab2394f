"""The books: training and held-out ones, Wodehouse's apart from all others, as token ids."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from zoo.exhibits.generate.text import reflow

COLLECTIONS = ("english_novels", "wodehouse")
# One by Wodehouse, two by others: neither the network nor the vocabulary was trained on them.
HELD_OUT = ("pg6880.txt", "Chesterton_Innocence_1911.txt", "Hardy_Jude_1895.txt")


@dataclass(frozen=True)
class Book:
    """``collection``: the archive that it comes from."""

    name: str
    collection: str
    text: str

    @property
    def held_out(self) -> bool:
        return self.name in HELD_OUT


def load_books(data: Path) -> list[Book]:
    """All books in the order of their names, with one line per paragraph."""
    books = []
    for collection in COLLECTIONS:
        with tarfile.open(data / "prose" / f"{collection}.tar.xz") as archive:
            for member in sorted((entry for entry in archive if entry.isfile()), key=lambda entry: entry.name):
                file = archive.extractfile(member)
                assert file is not None
                books.append(Book(Path(member.name).name, collection, reflow(file.read().decode("utf-8"))))
    return books


def tokenize(texts: list[str], tokenizer: Tokenizer, eos_token_id: int) -> Tensor:
    """(N,) int16 ids of all texts in a row, with the end-of-text token after each."""
    rows = [np.array([*encoding.ids, eos_token_id], np.int16) for encoding in tokenizer.encode_batch(texts)]
    return torch.from_numpy(np.concatenate(rows))
