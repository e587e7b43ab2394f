"""From a name to a loaded network with its normalization or tokenizer. The runtime calls it once a model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from zoo.core import sources
from zoo.core.cards import BUNDLED, HEAD_OF, WEIGHTS_FILE, Card, find_card, set_damaged
from zoo.core.checksums import checked_bytes
from zoo.core.errors import DamagedModelError
from zoo.core.ngrams import VOCABULARY_FILE, NgramTokenizer
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps
from zoo.core.weights import read_tensors
from zoo.nets import build
from zoo.nets.classifiers import set_head

TOKENIZER_FILE = "tokenizer.json"


class NormalizedModel(nn.Module):
    """A network after its own normalization, so that every picture classifier takes pixels in [0, 1]."""

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
    """What is used of a tokenizer: texts to token ids, and back."""

    def encode_batch(self, input: list[str]) -> Sequence[Any]: ...  # each with ``ids``

    def decode_batch(self, sequences: list[list[int]]) -> list[str]: ...

    def id_to_token(self, id: int) -> str | None: ...


class TokenizedModel(nn.Module):
    """A network that takes token ids, with its tokenizer. Use both on the worker only."""

    eos_token_id: int | None = None  # where it is not the vocabulary's usual one

    def __init__(self, network: nn.Module, tokenizer: Any) -> None:
        super().__init__()
        self.network, self.tokenizer = network, tokenizer

    def forward(self, tokens: Tensor) -> object:
        return self.network(tokens)


@runtime_checkable
class TranslatesTexts(Protocol):
    """A loaded translator with a search of its own."""

    def translate(self, texts: Sequence[str], direction: str, num_beams: int, max_new_tokens: int) -> list[str]:
        """The translations of sentences in a direction such as en-fr. For the worker alone."""


def class_probabilities(
    network: nn.Module, inputs: Tensor, temperature: float, **options: object
) -> NDArray[np.float32]:
    """(B, num_classes) probabilities of a batch, its logits divided by ``temperature``. For the worker alone."""
    with torch.inference_mode():
        probabilities: NDArray[np.float32] = _logits(network, inputs, temperature, options).softmax(1).cpu().numpy()
        return probabilities


def class_scores(network: nn.Module, inputs: Tensor, temperature: float, **options: object) -> NDArray[np.float32]:
    """The same for classes that do not exclude one another: each has a probability of its own, by the sigmoid."""
    with torch.inference_mode():
        scores: NDArray[np.float32] = _logits(network, inputs, temperature, options).sigmoid().cpu().numpy()
        return scores


def _logits(network: nn.Module, inputs: Tensor, temperature: float, options: dict[str, object]) -> Tensor:
    logits: Tensor = network(inputs.to(next(network.parameters()).device), **options)
    return logits.float() / temperature


def downloadable(exhibit: str) -> list[str]:
    """The names of the models that sources offer for an exhibit."""
    task = sources.task_of(exhibit)
    return [name for prefix in sources.prefixes() for name in sources.load(prefix).names(task)] if task else []


def is_cached(card: Card) -> bool:
    """Whether a model can be loaded without a network."""
    return card.folder is not None or sources.load(card.source).is_cached(card)


def fetch(card: Card) -> Steps[Path]:
    """Download the weights of a source's model, with progress; at once when they are there. Raises UnavailableError."""
    return sources.load(card.source).fetch(card)


def tensors_of(card: Card) -> dict[str, Tensor]:
    """The state dict of a folder's model: its own tensors, and those of the ``base`` model that it was derived from."""
    assert card.folder is not None
    base = card.config.get("base")
    return (tensors_of(find_card(base)) if base else {}) | read_tensors(card.folder / WEIGHTS_FILE)


def load(name: str) -> nn.Module:
    """The network of a card, on the CPU. Raises NotFoundError, or UnavailableError when a download failed.

    A picture's network comes with its normalization, a text's with its tokenizer; a sound's takes samples. Raises
    DamagedModelError where a file of the model is not what it was; a bundled model is unavailable from then on.
    """
    card = find_card(name)
    if card.folder is None:
        return _normalized(sources.load(card.source).load(card), card)
    try:
        return _load_folder(card, card.folder)
    except DamagedModelError as error:
        if card.source == BUNDLED:
            set_damaged(card.name, str(error))
        raise DamagedModelError(f"The model {name} is unavailable: {error} The other models work.") from error


def _load_folder(card: Card, folder: Path) -> nn.Module:
    tensors = tensors_of(card)
    try:
        if HEAD_OF in card.config:
            return _with_head(card, tensors)
        network: nn.Module = build(card.config["architecture"], tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # RuntimeError: tensors of other names or shapes
        raise DamagedModelError("config.json and the weights do not fit together: install it again.") from error
    for name, read in ((TOKENIZER_FILE, Tokenizer.from_buffer), (VOCABULARY_FILE, NgramTokenizer.from_json)):
        if (folder / name).exists():
            content = checked_bytes(folder / name)
            try:
                return TokenizedModel(network, read(content))
            except Exception as error:  # the library raises nothing more special
                raise DamagedModelError(f"{name} is damaged: install it again.") from error
    return _normalized(network, card)


def _with_head(card: Card, tensors: dict[str, Tensor]) -> nn.Module:
    """The text classifier that a card names, with another last layer."""
    model = load(card.config[HEAD_OF])
    if not isinstance(model, TokenizedModel):
        raise ValueError(f"{card.config[HEAD_OF]} reads no text")
    classes, features = tensors["weight"].shape
    layer = nn.Linear(features, classes, device="meta")
    layer.load_state_dict(tensors, assign=True)
    set_head(model.network, card.config["head"], layer)
    return model


def _normalized(network: nn.Module, card: Card) -> nn.Module:
    preprocessing = card.config.get("preprocessing")
    return NormalizedModel(network, preprocessing["mean"], preprocessing["std"]) if preprocessing else network


def architecture(name: str) -> str:
    """The layers of a model, as PyTorch prints them. Raises NotFoundError."""
    return get_runtime().run(str, find_card(name).name)
