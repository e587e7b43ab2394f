"""Which words of a sentence the network looked at for each word of its translation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.predict import read, translator_card
from zoo.exhibits.translate.text import plain

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.translator import KVCache

SPACE = "▁"  # begins the sub-words that begin a word


@dataclass(frozen=True)
class Alignment:
    """``weights[t][s]`` in [0, 1]: how much of the look for target word t fell on source word s. Rows sum to 1."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: NDArray[np.float32]


def align(sentence: str, translation: str, model: str) -> Alignment:
    """The attention of the last layer, mean over its heads (Bahdanau et al. 2014, arXiv:1409.0473).

    Both in one sentence. Raises InputError for a model that is not one of the bundled ones of translate.
    """
    if translator_card(model).source != "bundled":
        raise InputError(f"Where {model} looked cannot be shown: ask a bundled one.")
    return get_runtime().run(partial(_aligned, plain(sentence), plain(translation)), model)


def _aligned(sentence: str, translation: str, model: "TokenizedModel") -> Alignment:
    source, target = read([sentence], model), read([translation], model)[:, :-1]
    looks: list[Tensor] = []

    def look(attention: torch.nn.Module, inputs: tuple[Tensor, "KVCache", Tensor]) -> None:
        queries = attention.split(attention.query(inputs[0]))  # type: ignore[operator]
        keys = inputs[1][0]
        looks.append((queries @ keys.transpose(2, 3) / keys.shape[3] ** 0.5).softmax(3).mean(1)[0])

    hook = model.network.decoder[-1].cross.register_forward_pre_hook(look)  # type: ignore[union-attr,index]
    try:
        with torch.inference_mode():
            model.network(source, target)
    finally:
        hook.remove()
    # The marks of beginning and end are no words and take no part; row t of the look wrote sub-word t + 1.
    words, places = words_of([model.tokenizer.id_to_token(id) for id in source[0, 1:-1].tolist()])
    said, rows = words_of([model.tokenizer.id_to_token(id) for id in target[0, 1:].tolist()])
    weights = np.zeros((len(said), len(words)), np.float32)
    for row, seen in zip(rows, looks[0][:-1, 1:-1].cpu().numpy(), strict=True):
        np.add.at(weights[row], places, seen)
    return Alignment(words, said, weights / np.maximum(weights.sum(1, keepdims=True), 1e-9))


def words_of(pieces: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Words, and the place of the word that each sub-word belongs to.

    >>> words_of(["▁J", "'", "adore", "▁ça"])
    (("J'adore", 'ça'), [0, 0, 0, 1])
    """
    places = (np.cumsum([piece.startswith(SPACE) for piece in pieces]) - 1).clip(0).tolist()
    words = [""] * (max(places, default=-1) + 1)
    for piece, place in zip(pieces, places, strict=True):
        words[place] += piece.removeprefix(SPACE)
    return tuple(words), places
