"""The user models that Train makes of labelled texts: any classes, behind the interface of other text classifiers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor

from zoo.core.cards import HEAD_OF, Card, find_card
from zoo.core.errors import DamagedModelError, InputError
from zoo.exhibits.sentiment.hub_tokens import HubTokens
from zoo.exhibits.sentiment.tokenization import TokenizedText, clean, words_of_tokens
from zoo.exhibits.sentiment.word_pieces import WordPieces
from zoo.nets import text_classifiers, tweetlstm

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

UNLIMITED = 2**40  # tokens: a bag of n-grams has no windows


class OwnClassifier(WordPieces):
    """Logits and features of a network of Train's. ``polar``: whether its classes are sentiments, in their order."""

    pad_id = 0
    polar = False

    def logits(self, input_ids: Tensor, neutral: bool = True) -> Tensor:
        """(B, T) -> (B, K); without ``neutral`` (B, 2) of negative and positive, where the classes are sentiments."""
        logits = cast(Tensor, self.model(input_ids))
        return logits[:, [0, -1]] if self.polar and not neutral else logits

    def features(self, input_ids: Tensor) -> Tensor:
        """(B, T) -> (B, D): what the last layer takes."""
        return cast(Tensor, cast(Any, self.model.network).features(input_ids))


class NgramClassifier(OwnClassifier):
    """TF-IDF with a linear layer."""

    pad_id, window = text_classifiers.PAD, UNLIMITED

    @property
    def unk_id(self) -> int:
        return self.pad_id

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        """The n-grams of a text without known ones are one that counts nothing."""
        encoded = zip(self.model.tokenizer.encode_batch(list(texts)), map(str.split, texts), strict=True)
        return [
            TokenizedText(tuple(each.ids) or (self.pad_id,), tuple(each.word_ids) or (-1,), tuple(words))
            for each, words in encoded
        ]

    def without_word(self, text: TokenizedText, index: int) -> TokenizedText:
        """Pairs of words change too: the text is read again."""
        words = [word for place, word in enumerate(text.words) if place != index]
        return self.tokenize([" ".join(words)])[0]


class TweetLSTMHead(OwnClassifier):
    """A TweetLSTM with a head for other classes."""

    pad_id = tweetlstm.PAD


class LanguageModelClassifier(OwnClassifier):
    """A GPT-2 with its byte-level tokenizer and a head."""

    @property
    def unk_id(self) -> int:
        return int(self.model.tokenizer.token_to_id("Ġ") or 0)  # a blank

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        words = [tuple(clean(text).split()) for text in texts]
        encodings = self.model.tokenizer.encode_batch([" ".join(row) for row in words])
        return [
            TokenizedText(tuple(encoding.ids) or (self.unk_id,), words_of_tokens(encoding, row), row)
            for row, encoding in zip(words, encodings, strict=True)
        ]


class HubHead(HubTokens, OwnClassifier):
    """A text classifier of the hub with another last layer, which has the name ``head`` in the network."""

    def __init__(self, card: Card, model: "TokenizedModel", head: str) -> None:
        super().__init__(card, model)
        self.head = model.network.get_submodule(head)

    def features(self, input_ids: Tensor) -> Tensor:
        """Raises InputError where the layer takes no vector a text."""
        taken: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, inputs: taken.append(inputs[0]))
        try:
            self.model(input_ids)
        finally:
            hook.remove()
        if taken[0].ndim != 2:
            raise InputError("This model of the hub gives no features of a whole text: choose another.")
        return taken[0]


KINDS: dict[str, type[OwnClassifier]] = {
    "TfidfClassifier": NgramClassifier,
    "TweetClassifier": TweetLSTMHead,
    "GPT2Classifier": LanguageModelClassifier,
}


def own_classifier(
    model: "TokenizedModel", config: Mapping[str, Any] | None = None, *, polar: bool = False
) -> OwnClassifier:
    """The interface of a loaded user model. Raises DamagedModelError for a network that classifies no texts."""
    if config and HEAD_OF in config:
        classifier: OwnClassifier = HubHead(find_card(config[HEAD_OF]), model, config["head"])
    elif kind := KINDS.get(type(model.network).__name__):
        classifier = kind(model)
    else:
        raise DamagedModelError("This user model has no network that classifies texts: remove it, and make it again.")
    classifier.polar = polar
    return classifier
