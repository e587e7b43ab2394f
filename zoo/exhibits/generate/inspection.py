"""What a language model makes of a given text: the perplexity of its tokens, and attention weights between them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.core.cards import Card, require_card
from zoo.core.errors import InputError
from zoo.core.model_inputs import ModelInput
from zoo.core.plurals import counted
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate.knobs import AttentionKnobs, PerplexityKnobs
from zoo.exhibits.generate.language_model import eos_token_id, network_of
from zoo.exhibits.generate.results import Attention, Perplexity
from zoo.exhibits.generate.text import check_length, encodable

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel

MAX_CONTEXT = 512  # tokens, the same for all larger models: perplexities are compared


def perplexity(text: str, knobs: PerplexityKnobs | None = None) -> Perplexity:
    """The bits of each token of a text, and their perplexity.

    Raises InputError for an empty text or a model that is not one of generate, TooLargeError beyond 20,000 characters.
    """
    knobs, text = knobs or PerplexityKnobs(), encodable(text)
    check_length(text)
    if not text.strip():
        raise InputError("The text is empty: type or paste one.")
    require_card(knobs.model, "generate")
    run = get_runtime().run
    ids, tokens = run(partial(tokenize, text), knobs.model)
    bits = tuple(
        bit
        for window in windows(ids, context_length(knobs.model))
        for bit in run(partial(bits_of, window), knobs.model)
    )
    per_character = sum(bits) / max(1, sum(map(len, tokens)))
    return Perplexity(knobs.model, tuple(tokens), bits, float(2 ** np.mean(bits)), per_character)


def context_length(model: str) -> int:
    """The tokens of a window: 512, or the whole context of a smaller model."""
    return min(MAX_CONTEXT, get_runtime().run(lambda loaded: network_of(loaded).n_positions, model))


def tokenize(text: str, model: "TokenizedModel") -> tuple[list[int], list[str]]:
    """The tokens of a text by their ids, and as parts of it. For the worker alone."""
    encoding = model.tokenizer.encode(text)
    return encoding.ids, [text[start:end] for start, end in encoding.offsets]


MAX_READ = 128  # tokens of a text whose activations are kept for all layers


def model_input(card: Card, text: str) -> ModelInput:
    """The first tokens of a text, as a language model reads them. Raises InputError for an empty text."""
    text = encodable(text)
    check_length(text)
    if not text.strip():
        raise InputError("The text is empty: type or paste one.")
    most = min(MAX_READ, context_length(card.name))
    ids, tokens = get_runtime().run(partial(tokenize, text), card.name)
    return ModelInput(
        (torch.tensor([ids[:most]]),), "text", counted(len(ids[:most]), "token"), tokens=tuple(tokens[:most])
    )


@dataclass(frozen=True)
class Window:
    """``ids`` that are measured, after ``context``, which is not."""

    context: tuple[int, ...]
    ids: tuple[int, ...]


def windows(ids: list[int], context: int) -> Iterator[Window]:
    """All ids in order; all but the first ones have at least half a context before them."""
    half = context // 2
    for start in range(0, len(ids), half):
        yield Window(tuple(ids[max(0, start - half + 1) : start]), tuple(ids[start : start + half]))


@torch.inference_mode()
def bits_of(window: Window, model: "TokenizedModel") -> list[float]:
    """The bits of each id of a window; the first of a text follows the end-of-text token. For the worker alone."""
    context = window.context or (eos_token_id(model),)
    row = torch.tensor([[*context, *window.ids]], device=next(model.parameters()).device)
    logits, _ = network_of(model)(row[:, :-1])
    log_probs = logits[0, -len(window.ids) :].float().log_softmax(1)  # (ids, vocab_size)
    nats = -log_probs.gather(1, row[0, -len(window.ids) :, None])[:, 0]
    bits: list[float] = (nats / math.log(2)).tolist()
    return bits


def attention(text: str, knobs: AttentionKnobs | None = None) -> Attention:
    """The attention weights of one layer between the last tokens of a text, as many as fit the context.

    Raises InputError for an empty text, a layer or head that the model does not have, or a model that is not one of
    generate, TooLargeError beyond 20,000 characters.
    """
    knobs, text = knobs or AttentionKnobs(), encodable(text)
    check_length(text)
    if not text:
        raise InputError("The text is empty: type or paste one.")
    n_layers, n_heads = attention_size(knobs.model)
    if knobs.layer > n_layers or knobs.head > n_heads:
        raise InputError(f"{knobs.model} has {n_layers} layers of {n_heads} heads: choose one of them.")
    layer = knobs.layer or n_layers
    tokens, weights = get_runtime().run(partial(_attention_weights, text, layer - 1), knobs.model)
    chosen = weights[knobs.head - 1] if knobs.head else weights.mean(0)
    return Attention(knobs.model, tokens, layer, knobs.head, chosen)


def attention_size(model: str) -> tuple[int, int]:
    """How many layers a model has, and how many heads a layer has. Raises as ``attention``."""
    require_card(model, "generate")
    return get_runtime().run(lambda loaded: (network_of(loaded).n_layers, network_of(loaded).n_heads), model)


@torch.inference_mode()
def _attention_weights(text: str, layer: int, model: "TokenizedModel") -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Tokens, and (n_heads, T, T) weights of a layer."""
    ids, tokens = tokenize(text, model)
    network, device = network_of(model), next(model.parameters()).device
    weights: list[Tensor] = []
    network(torch.tensor([ids[-network.n_positions :]], device=device), attention_weights=weights)
    return tuple(tokens[-network.n_positions :]), weights[layer][0].float().cpu().numpy()
