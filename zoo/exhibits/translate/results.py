"""What Translate's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.results import Array


@dataclass(frozen=True)
class SentencePair:
    """A sentence of the text, normalized, and its translation. ``copied``: what was copied and not translated."""

    source: str
    translation: str
    copied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Translation:
    """``sentences``: the text sentence by sentence. ``milliseconds``: waiting and computing, not loading.

    ``notes``: a sentence where the text is surely in another language than the direction's source.
    """

    text: str
    translation: str
    sentences: tuple[SentencePair, ...]
    model: str
    restriction: str
    milliseconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlignedSentence:
    """The words of a sentence and of its translation.

    ``weights``: (target words, source words) in [0, 1], the attention weight of each source word for each target word;
    rows sum to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: Array


@dataclass(frozen=True)
class Alignment:
    """A translation with the cross-attention weights of each sentence."""

    translation: str
    sentences: tuple[AlignedSentence, ...]
    model: str
    restriction: str
