"""The tokenizer of Marian's models: a SentencePiece model for each language and one vocabulary for both.

SentencePiece: Kudo and Richardson 2018 (arXiv:1808.06226).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sentencepiece import SentencePieceProcessor

SPACE = "▁"  # SentencePiece's mark of a space


@dataclass(frozen=True)
class Encoding:
    """The token ids of a text; the name of the field is that of ``tokenizers.Encoding``."""

    ids: list[int]


class MarianTokenizer:
    """From ``source.spm``, ``target.spm`` and ``vocab.json`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._source, self._target = (
            SentencePieceProcessor(model_file=str(folder / f"{side}.spm")) for side in ("source", "target")
        )
        self._token_ids: dict[str, int] = json.loads((folder / "vocab.json").read_text())
        self._tokens = {id: token for token, id in self._token_ids.items()}

    def encode_batch(self, input: Sequence[str]) -> list[Encoding]:
        """The token ids of each text in the source language, with the end-of-sequence token."""
        unknown, eos = self._token_ids["<unk>"], self._token_ids["</s>"]
        rows = self._source.encode(list(input), out_type=str)
        return [Encoding([*(self._token_ids.get(token, unknown) for token in row), eos]) for row in rows]

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """The texts of token ids, in the target language."""
        texts = self._target.decode([[self._tokens[id] for id in row] for row in sequences])
        # A token that only the source's model has keeps its mark of a space.
        return [text.replace(SPACE, " ").strip() for text in texts]

    def id_to_token(self, id: int) -> str | None:
        return self._tokens.get(id)
