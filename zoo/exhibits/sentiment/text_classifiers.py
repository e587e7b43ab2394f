"""A network with its tokenizer behind one interface: texts to tokens, tokens to logits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

import torch
from torch import Tensor

from zoo.core.cards import Card
from zoo.core.errors import InputError
from zoo.core.user_models import SOURCE
from zoo.exhibits.sentiment.hub_tokens import HubTokens
from zoo.exhibits.sentiment.labels import LABELS, are_sentiments, class_groups, labels_of
from zoo.exhibits.sentiment.own_classifiers import own_classifier
from zoo.exhibits.sentiment.tokenization import TokenizedText
from zoo.exhibits.sentiment.word_pieces import WordPieces

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel


class TextClassifier(Protocol):
    """``pad_id`` pads short rows; ``unk_id`` stands for a text without tokens; ``window``: the most tokens at once.

    For the worker alone.
    """

    pad_id: int
    window: int
    model: "TokenizedModel"

    @property
    def unk_id(self) -> int: ...

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        """The tokens of each text, at least one and however many."""

    def without_word(self, text: TokenizedText, index: int) -> TokenizedText:
        """The tokens of all words but one."""

    def logits(self, input_ids: Tensor, neutral: bool) -> Tensor:
        """(B, T) -> logits (B, K) of the classes that ``labels_of_model`` lists."""


class TweetLSTMClassifier(WordPieces):
    """A TweetLSTM with its WordPiece vocabulary."""

    def logits(self, input_ids: Tensor, neutral: bool) -> Tensor:
        logits: Tensor = self.model(input_ids)[0 if neutral else 1]
        return logits


class HubClassifier(HubTokens):
    """A model of the Hugging Face hub with classes that mean negative and positive, and maybe others.

    The logit of a sentiment is the log-sum-exp over its classes, so that its probability is their sum. Without a
    neutral class the probability of neutral is 0.
    """

    def __init__(self, card: Card, model: "TokenizedModel") -> None:
        """Raises InputError where no class means negative, or none positive."""
        super().__init__(card, model)
        names = [name.label for name in card.classes] if "classes" in card.config else list(LABELS)
        self.groups = class_groups(names)
        negative, _, positive = self.groups
        if not negative or not positive:
            raise InputError(f"{card.name} has the classes {', '.join(names[:9])}, not negative and positive.")

    def logits(self, input_ids: Tensor, neutral: bool) -> Tensor:
        logits = cast(Tensor, self.model(input_ids))
        grouped = torch.stack([logits[:, group].logsumexp(1) for group in self.groups], 1)  # (B, 3)
        return grouped if neutral else grouped[:, [0, 2]]


def card_labels(card: Card) -> tuple[str, ...]:
    """The classes of a user model, in the order of its logits."""
    return tuple(name.label for name in card.classes)


def has_polarity(card: Card) -> bool:
    """Whether the classes of a model are sentiments; those of a user model may be any."""
    return card.source != SOURCE or are_sentiments(card_labels(card))


def labels_of_model(card: Card, neutral: bool) -> tuple[str, ...]:
    """The classes of a model in the order of its probabilities; ``neutral`` applies where they are sentiments."""
    if card.source != SOURCE:
        return labels_of(neutral)
    labels = card_labels(card)
    return labels if neutral or not are_sentiments(labels) else (labels[0], labels[-1])


def text_classifier(card: Card, model: "TokenizedModel") -> TextClassifier:
    """The interface of a loaded model. Raises InputError for one of the hub that lacks negative or positive."""
    if card.source == SOURCE:
        return own_classifier(model, card.config, polar=has_polarity(card))
    return HubClassifier(card, model) if card.source == "hub" else TweetLSTMClassifier(model)
