"""How each kind of network reads tweets: what it is given to read, and the logits of its two heads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from zoo.core.cards import Card
from zoo.exhibits.sentiment.text import MAX_SUBWORDS, URL, USER, Tokens, clean, tokenise, unknown_of
from zoo.nets import roberta, tweetlstm

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class Reader(Protocol):
    """``pad`` fills short rows up; ``unknown`` stands for what has no sub-word. For the worker alone."""

    pad: int
    model: "TokenizedModel"

    @property
    def unknown(self) -> int: ...

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        """Sub-words of each text; never none."""

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T) -> logits (B, 3) of negative, neutral and positive, and (B, 2) without neutral."""


class TweetReader:
    """A TweetLSTM with the vocabulary and the marks that it learnt."""

    pad = tweetlstm.PAD

    def __init__(self, model: "TokenizedModel") -> None:
        self.model = model

    @property
    def unknown(self) -> int:
        return unknown_of(self.model.tokenizer)

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        return tokenise(texts, self.model.tokenizer)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        three, two = self.model(tokens)
        return three, two


class RobertaReader:
    """A RoBERTa for three classes (Liu et al. 2019, arXiv:1907.11692): names and links masked as it learnt them.

    Without neutral it must choose between the other two.
    """

    pad, unknown = roberta.PAD, 3

    def __init__(self, model: "TokenizedModel") -> None:
        self.model = model

    def cut(self, texts: Sequence[str]) -> list[Tokens]:
        self.model.tokenizer.enable_truncation(MAX_SUBWORDS)
        return [self._cut(tuple(clean(text).split())) for text in texts]

    def _cut(self, words: tuple[str, ...]) -> Tokens:
        """Sub-words between the marks of beginning and end, which belong to no word: -1."""
        masked = [USER.sub("@user", URL.sub("http", word)) for word in words]
        encoding = self.model.tokenizer.encode(" ".join(masked))
        owner = [place for place, word in enumerate(masked) for _ in range(len(word) + 1)]  # of each character
        places = [
            -1 if special else owner[end - 1]
            for (_, end), special in zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
        ]
        return Tokens(tuple(encoding.ids), tuple(places), words)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model(tokens)
        return logits, logits[:, [0, 2]]


def reader_of(card: Card, model: "TokenizedModel") -> Reader:
    return RobertaReader(model) if card.source == "hub" else TweetReader(model)
