"""A network with its tokenizer behind one interface, for each architecture: texts to tokens, tokens to logits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from zoo.core.cards import Card
from zoo.exhibits.sentiment.tokenization import MAX_TOKENS, URL, USER, TokenizedText, clean, tokenize, unk_id
from zoo.nets import roberta, tweetlstm

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class TextClassifier(Protocol):
    """``pad_id`` pads short rows; ``unk_id`` stands for a text without tokens. For the worker alone."""

    pad_id: int
    model: "TokenizedModel"

    @property
    def unk_id(self) -> int: ...

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        """The tokens of each text, at least one."""

    def logits(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T) -> logits (B, 3) of negative, neutral and positive, and (B, 2) of negative and positive."""


class TweetLSTMClassifier:
    """A TweetLSTM with its WordPiece vocabulary."""

    pad_id = tweetlstm.PAD

    def __init__(self, model: "TokenizedModel") -> None:
        self.model = model

    @property
    def unk_id(self) -> int:
        return unk_id(self.model.tokenizer)

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        return tokenize(texts, self.model.tokenizer)

    def logits(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        logits, binary_logits = self.model(input_ids)
        return logits, binary_logits


class RobertaClassifier:
    """A RoBERTa for three classes (Liu et al. 2019, arXiv:1907.11692).

    User names and links are masked as in its training data. Its binary logits are those of negative and positive.
    """

    pad_id, unk_id = roberta.PAD, 3

    def __init__(self, model: "TokenizedModel") -> None:
        self.model = model

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        self.model.tokenizer.enable_truncation(MAX_TOKENS)
        return [self._tokenize(tuple(clean(text).split())) for text in texts]

    def _tokenize(self, words: tuple[str, ...]) -> TokenizedText:
        """Tokens between ``<s>`` and ``</s>``, which belong to no word: -1."""
        masked = [USER.sub("@user", URL.sub("http", word)) for word in words]
        encoding = self.model.tokenizer.encode(" ".join(masked))
        word_of_character = [index for index, word in enumerate(masked) for _ in range(len(word) + 1)]
        word_ids = [
            -1 if special else word_of_character[end - 1]
            for (_, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
        ]
        return TokenizedText(tuple(encoding.ids), tuple(word_ids), words)

    def logits(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model(input_ids)
        return logits, logits[:, [0, 2]]


def text_classifier(card: Card, model: "TokenizedModel") -> TextClassifier:
    """The interface of a loaded model."""
    return RobertaClassifier(model) if card.source == "hub" else TweetLSTMClassifier(model)
