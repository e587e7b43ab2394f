"""The sub-words of Marian's networks: cut by one SentencePiece model, numbered by a list, joined by another.

SentencePiece: Kudo and Richardson 2018 (arXiv:1808.06226).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sentencepiece import SentencePieceProcessor


@dataclass(frozen=True)
class Cut:
    ids: list[int]


class MarianTokenizer:
    """From ``source.spm``, ``target.spm`` and ``vocab.json`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._source, self._target = (
            SentencePieceProcessor(model_file=str(folder / f"{side}.spm")) for side in ("source", "target")
        )
        self._ids: dict[str, int] = json.loads((folder / "vocab.json").read_text())
        self._pieces = {id: piece for piece, id in self._ids.items()}

    def encode_batch(self, input: Sequence[str]) -> list[Cut]:
        """Each text's sub-words, and the mark of an end."""
        unknown, end = self._ids["<unk>"], self._ids["</s>"]
        rows = self._source.encode(list(input), out_type=str)
        return [Cut([*(self._ids.get(piece, unknown) for piece in row), end]) for row in rows]

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        said = self._target.decode([[self._pieces[id] for id in row] for row in sequences])
        # Of a piece that only the source's model knows, the mark of a space is left standing.
        return [text.replace("▁", " ").strip() for text in said]

    def id_to_token(self, id: int) -> str | None:
        return self._pieces.get(id)
