"""From a name to a loaded network, with what stands between it and the world: the runtime calls it once a model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from zoo.core import sources
from zoo.core.cards import WEIGHTS_FILE, Card, find_card
from zoo.core.jobs import Steps
from zoo.core.runtime import get_runtime
from zoo.core.weights import read_tensors
from zoo.nets import build

TOKENIZER_FILE = "tokenizer.json"


class NormalizedModel(nn.Module):
    """A network behind its own normalisation, so that every classifier of the zoo takes pixels in [0, 1]."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """``pixels``: (B, 3, H, W) in [0, 1] -> logits (B, num_classes)."""
        logits: Tensor = self.network((pixels - self.mean) / self.std)
        return logits


class TokenizerProtocol(Protocol):
    """Texts to numbers of sub-words, and back: what is asked of a tokenizer."""

    def encode_batch(self, input: list[str]) -> Sequence[Any]: ...  # each with ``ids``

    def decode_batch(self, sequences: list[list[int]]) -> list[str]: ...

    def id_to_token(self, id: int) -> str | None: ...


class TokenizedModel(nn.Module):
    """A network that reads numbers of sub-words, with the tokenizer that gives them. Use both in the worker only."""

    def __init__(self, network: nn.Module, tokenizer: Any) -> None:
        super().__init__()
        self.network, self.tokenizer = network, tokenizer

    def forward(self, tokens: Tensor) -> object:
        return self.network(tokens)


def class_probabilities(
    network: nn.Module, inputs: Tensor, temperature: float, **options: object
) -> NDArray[np.float32]:
    """(B, num_classes) probabilities of a batch, its logits divided by ``temperature``. For the worker alone."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        logits = network(inputs.to(device), **options)
        scores: NDArray[np.float32] = (logits / temperature).softmax(1).float().cpu().numpy()
        return scores


def official(exhibit: str) -> list[str]:
    """The names of the models that others published and that serve an exhibit."""
    return [name for origin in sources.names() for name in sources.load(origin).names(exhibit)]


def is_cached(card: Card) -> bool:
    """Whether a model can be asked with no network."""
    return card.source not in sources.names() or sources.load(card.source).is_cached(card)


def fetch(card: Card) -> Steps[Path]:
    """Download the weights of an official model, with progress; at once when they are there."""
    return sources.load(card.source).fetch(card)


def tensors_of(card: Card) -> dict[str, Tensor]:
    """All that a network needs: what it has of its own, before what it shares with the model that it is built on."""
    assert card.folder is not None
    base = card.config.get("base")
    return (tensors_of(find_card(base)) if base else {}) | read_tensors(card.folder / WEIGHTS_FILE)


def load(name: str) -> nn.Module:
    """The network of a card, on the CPU. Raises NotFoundError, or UnavailableError when it had to be downloaded.

    A picture's network comes behind its normalisation, a text's with its tokenizer; a sound's takes samples as it is.
    """
    card = find_card(name)
    network: nn.Module
    if card.source in sources.names():
        network = sources.load(card.source).load(card)
    else:
        assert card.folder is not None
        network = build(card.config["architecture"], tensors_of(card))
        if (card.folder / TOKENIZER_FILE).exists():
            return TokenizedModel(network, Tokenizer.from_file(str(card.folder / TOKENIZER_FILE)))
    preprocessing = card.config.get("preprocessing")
    if preprocessing is None:
        return network
    return NormalizedModel(network, preprocessing["mean"], preprocessing["std"])


def architecture(name: str) -> str:
    """The layers of a model, as PyTorch prints them. Raises NotFoundError."""
    return get_runtime().run(str, find_card(name).name)
