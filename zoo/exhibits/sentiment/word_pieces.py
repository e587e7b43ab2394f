"""How networks with a WordPiece vocabulary of the zoo's own read a text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.tokenization import TokenizedText, tokenize, unk_id
from zoo.exhibits.sentiment.windows import without_tokens_of
from zoo.nets import tweetlstm

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class WordPieces:
    """``window``: the most tokens that the network reads at once. For the worker alone."""

    pad_id, window = tweetlstm.PAD, MAX_TOKENS

    def __init__(self, model: "TokenizedModel") -> None:
        self.model = model

    @property
    def unk_id(self) -> int:
        return unk_id(self.model.tokenizer)

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        return tokenize(texts, self.model.tokenizer)

    def without_word(self, text: TokenizedText, index: int) -> TokenizedText:
        return without_tokens_of(text, index, self.unk_id)
