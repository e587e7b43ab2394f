"""Our own sub-word vocabulary, with vectors to begin from.

Sub-words are those of MiniLM (Wang et al. 2020, arXiv:2002.10957; all-MiniLM-L6-v2, Apache 2.0) that tweets use, and
beside them the marks of ``zoo.sentiment.text`` and the emoji that occur. Its word vectors, brought to fewer dimensions
by their principal components, are where training starts.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor

from zoo.sentiment.text import MARKS, clean, marked

RARE = 3  # sub-words seen less often are left out
SPECIAL = ["[PAD]", "[UNK]", *MARKS]


def word_piece(vocabulary: list[str]) -> Tokenizer:
    """A tokenizer that takes the longest sub-words from the left (WordPiece, arXiv:1609.08144)."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_tokens([AddedToken(mark, normalized=False) for mark in MARKS])
    return tokenizer


def build(texts: Iterable[str], vectors: Path, width: int) -> tuple[Tokenizer, Tensor]:
    """The tokenizer and (its size, width) vectors; ``vectors`` is a folder with vocab.txt and model.safetensors."""
    known = (vectors / "vocab.txt").read_text().split("\n")
    lines = [[part for word in clean(text).split() for part in marked(word).split()] for text in texts]
    given = Tokenizer(models.WordPiece({p: n for n, p in enumerate(known)}, unk_token="[UNK]"))
    given.normalizer, given.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for start in range(0, len(lines), 1000):
        batch = [[part for part in line if part not in MARKS] for line in lines[start : start + 1000]]
        for encoding in given.encode_batch(batch, is_pretokenized=True):
            counts.update(encoding.tokens)
    symbols = Counter(part for line in lines for part in line if len(part) == 1 and ord(part) > 0x2000)
    letters = {piece for piece in known if len(piece.removeprefix("##")) == 1 and piece.isascii()}
    kept = [p for p in known if (counts[p] >= RARE or p in letters) and not p.startswith("[")]
    emoji = [symbol for symbol, count in symbols.items() if count >= RARE and symbol not in kept]
    vocabulary = [*SPECIAL, *kept, *sorted(emoji)]
    return word_piece(vocabulary), initial(vocabulary, known, vectors, width)


def initial(vocabulary: list[str], known: list[str], vectors: Path, width: int) -> Tensor:
    """Principal components of the given vectors, scaled to a deviation of 0.3; noise for new pieces, zero for [PAD]."""
    table = load_file(vectors / "model.safetensors")["embeddings.word_embeddings.weight"].float()
    places = {piece: place for place, piece in enumerate(known)}
    found = [index for index, piece in enumerate(vocabulary) if piece in places and not piece.startswith("[")]
    rows = table[[places[vocabulary[index]] for index in found]]
    rows = rows - rows.mean(0)
    _, _, components = torch.linalg.svd(rows, full_matrices=False)
    projected = rows @ components[:width].T
    result = torch.randn(len(vocabulary), width, generator=torch.Generator().manual_seed(0)) * 0.1
    result[found] = projected / projected.std() * 0.3
    result[0] = 0
    return result


def as_json(tokenizer: Tokenizer) -> str:
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False) + "\n"
