"""One input as a network reads it: what an exhibit declares, so that its models can be run by others as by itself.

An exhibit with ``takes`` in its declaration has a function ``model_input(card, value)``, which prepares a picture, a
sound or a text exactly as its own operations do.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from zoo.core.cards import Card
from zoo.core.inputs import Takes
from zoo.core.preprocessing import Preprocessing

VIEW = {"resize": 256, "crop": 256}


def call(module: nn.Module, *tensors: Tensor) -> object:
    """A forward pass: the tensors by position."""
    return module(*tensors)


@dataclass(frozen=True, eq=False)
class ModelInput:
    """``tensors``: what the forward pass is given, on the CPU, each a batch of one. ``takes``: the kind of input.

    ``words``: what it is, as in "a picture of 224 × 224 pixels". ``run``: calls the network with the tensors on its
    device. ``tokens``: of a text, one a position. ``positions``: the axis of outputs (1, ., .) that is time or tokens;
    the other one is that of the units. ``root``: the module whose input is a picture of the sound, where there is one;
    otherwise the first tensor is what receptive fields are measured on. ``output_tokens``: of a text that a decoder is
    given as well.
    """

    tensors: tuple[Tensor, ...]
    takes: Takes
    words: str
    run: Callable[..., object] = call
    tokens: tuple[str, ...] = ()
    positions: int = 1
    root: str = ""
    output_tokens: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Equal for equal tensors."""
        content = hashlib.blake2b(digest_size=16)
        for tensor in self.tensors:
            content.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
            content.update(tensor.contiguous().numpy().tobytes())
        return content.hexdigest()

    def __call__(self, module: nn.Module) -> Any:
        """The forward pass. For the worker alone."""
        weights = next(iter((*module.parameters(), *module.buffers())), None)
        given = self.tensors if weights is None else tuple(tensor.to(weights.device) for tensor in self.tensors)
        return self.run(module, *given)


def picture_input(card: Card, picture: Image.Image) -> ModelInput:
    """A picture of any size for a model with a ``preprocessing`` in its card; without views it gets ``VIEW``."""
    preprocessing = Preprocessing.from_config({"views": [VIEW], **card.config["preprocessing"]})
    pixels = torch.from_numpy(preprocessing.pixels(picture))[None]  # (1, 3, H, W) in [0, 1]
    return ModelInput((pixels,), "image", pixel_words(pixels))


def pixel_words(pixels: Tensor) -> str:
    """What (1, C, H, W) is, in words."""
    return f"a picture of {pixels.shape[3]} × {pixels.shape[2]} pixels"
