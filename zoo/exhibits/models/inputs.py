"""An input of a network's own kind and size, for measuring it and for the shapes of its layers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.errors import NotFoundError
from zoo.core.inputs import Takes
from zoo.core.loading import NormalizedModel, TokenizedModel
from zoo.core.model_inputs import ModelInput
from zoo.examples import example
from zoo.exhibits import find_exhibit
from zoo.nets.stylenet import StyleNet
from zoo.nets.translator import Translator

SECONDS, RATE = 5, 16_000  # of the window that sound classifiers take
SIDE = 256  # pixels, where a card names no size
TOKENS = 32
TEXT = "On a cold and bright morning in April the old clock of the station struck thirteen, and nobody looked up."


EXAMPLE = "coffee"  # of the pictures that an exhibit's own models are called with
# Of networks that no exhibit shows on an input, by the kind of their architecture: shape, and in words.
BY_KIND: dict[str, tuple[tuple[int, ...], str]] = {
    "small-convnet": ((1, 28, 28), "a picture of 28 × 28 pixels"),
    "dcgan-generator": ((74,), "64 random numbers, and the weights of ten classes"),
}


@dataclass(frozen=True)
class Call:
    """``run``: the network on its input. ``input``: what that is, in words, for one item of the batch."""

    run: Callable[[], Any]
    input: str


def call_on_example(card: Card, module: nn.Module, batch: int = 1) -> Call:
    """A call of a loaded model on ``batch`` inputs of its own kind, on its own device."""
    device = next(iter((*module.parameters(), *module.buffers()))).device
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.rand((batch, *shape), generator=generator).to(device)

    if isinstance(module, TokenizedModel):
        return _on_tokens(module, batch, device)
    if isinstance(module, StyleNet):
        n_styles = card.config["architecture"]["n_styles"]
        weights = torch.full((batch, n_styles), 1 / n_styles, device=device)
        pixels = noise(3, SIDE, SIDE)
        return Call(lambda: module(pixels, weights), f"a picture of {SIDE} × {SIDE} pixels")
    if isinstance(module, NormalizedModel):
        views = card.config["preprocessing"].get("views")
        side = int(views[-1]["crop"]) if views else SIDE
        pixels = noise(3, side, side)
        return Call(lambda: module(pixels), f"a picture of {side} × {side} pixels")
    if (kind := card.config["architecture"]["kind"]) in BY_KIND:
        shape, words = BY_KIND[kind]
        values = noise(*shape)
        return Call(lambda: module(values), words)
    if _declared_takes(card) == "image":
        return _on_picture(card, module, batch)
    samples = noise(SECONDS * RATE) - 0.5
    return Call(lambda: module(samples), f"{SECONDS} seconds of sound")


def _declared_takes(card: Card) -> Takes | None:
    try:
        return find_exhibit(card.exhibit).takes
    except NotFoundError:
        return None


def _on_picture(card: Card, module: nn.Module, batch: int) -> Call:
    """The network as its exhibit calls it, on a picture that the exhibit has prepared."""
    one: ModelInput = find_exhibit(card.exhibit).module().model_input(card, example(EXAMPLE))
    many = replace(one, tensors=tuple(tensor.repeat(batch, *[1] * (tensor.ndim - 1)) for tensor in one.tensors))
    return Call(lambda: many(module), one.words)


def _on_tokens(module: TokenizedModel, batch: int, device: torch.device) -> Call:
    ids = module.tokenizer.encode_batch([TEXT])[0].ids
    row = (ids * TOKENS)[:TOKENS]
    tokens = torch.tensor([row] * batch, device=device)
    network = module.network
    if isinstance(network, Translator):
        return Call(lambda: network(tokens, tokens), f"{TOKENS} tokens, and as many of their translation")
    if getattr(getattr(network, "config", None), "is_encoder_decoder", False):
        return Call(
            lambda: network(input_ids=tokens, decoder_input_ids=tokens),
            f"{TOKENS} tokens, and as many of their translation",
        )
    return Call(lambda: module(tokens), f"{TOKENS} tokens")
