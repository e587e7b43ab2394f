"""How the text classifiers of the hub read a text: their own tokenizers, and which word each token belongs to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zoo.core.cards import Card
from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.tokenization import URL, USER, TokenizedText, clean, words_of_tokens
from zoo.exhibits.sentiment.windows import without_tokens_of
from zoo.nets import roberta

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class HubTokens:
    """``card``: of the hub's model, whose tokenizer ``model`` has. For the worker alone."""

    window = MAX_TOKENS

    def __init__(self, card: Card, model: "TokenizedModel") -> None:
        self.model = model
        self.pad_id = int(getattr(model.network, "pad_id", roberta.PAD))
        self.mask_names = bool(card.config.get("mask_names"))

    @property
    def unk_id(self) -> int:
        known = (self.model.tokenizer.token_to_id(token) for token in ("<unk>", "[UNK]"))
        return next((id for id in known if id is not None), 0)

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        self.model.tokenizer.no_truncation()  # published files may ask for it
        return [self._tokenize(tuple(clean(text).split())) for text in texts]

    def _tokenize(self, words: tuple[str, ...]) -> TokenizedText:
        masked = tuple(USER.sub("@user", URL.sub("http", word)) for word in words) if self.mask_names else words
        encoding = self.model.tokenizer.encode(" ".join(masked))
        return TokenizedText(tuple(encoding.ids) or (self.unk_id,), words_of_tokens(encoding, masked), words)

    def without_word(self, text: TokenizedText, index: int) -> TokenizedText:
        return without_tokens_of(text, index, self.unk_id)
