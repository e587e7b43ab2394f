"""Tokens of sentences, and the decoder's cross-attention weights between words, on a loaded model.

The weights of the decoder's last layer, averaged over its heads (Bahdanau et al. 2014, arXiv:1409.0473). Weights of
tokens are summed over the tokens of a word, and special tokens are left out.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from zoo.exhibits.translate.casing import is_upper
from zoo.exhibits.translate.results import AlignedSentence
from zoo.exhibits.translate.text import normalize, plain

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.translator import KVCache

SPACE = "▁"  # begins the tokens that begin a word


def tokenize(texts: Sequence[str], model: "TokenizedModel") -> Tensor:
    """(B, S) token ids of sentences, padded on the right. For the worker alone."""
    rows = [torch.tensor(encoding.ids) for encoding in model.tokenizer.encode_batch(list(texts))]
    pad_id = float(model.network.pad_id)  # type: ignore[arg-type]
    return pad_sequence(rows, batch_first=True, padding_value=pad_id).to(next(model.parameters()).device)


def cross_attention(sentence: str, translation: str, model: "TokenizedModel") -> AlignedSentence:
    """The words of a sentence and of its translation, with the weights between them. For the worker alone."""
    source, target = tokenize([_read(sentence)], model), tokenize([_read(translation)], model)[:, :-1]
    captured: list[Tensor] = []

    def capture(attention: torch.nn.Module, inputs: tuple[Tensor, "KVCache", Tensor]) -> None:
        x, (keys, _), _ = inputs
        captured.append(attention.weights(x, keys).mean(1)[0])  # type: ignore[operator]  # (T, S)

    hook = model.network.decoder[-1].cross_attention.register_forward_pre_hook(capture)  # type: ignore[union-attr,index]
    try:
        with torch.inference_mode():
            model.network(source, target)
    finally:
        hook.remove()
    source_words, source_index = words_of([model.tokenizer.id_to_token(id) for id in source[0, 1:-1].tolist()])
    target_words, target_index = words_of([model.tokenizer.id_to_token(id) for id in target[0, 1:].tolist()])
    weights = np.zeros((len(target_words), len(source_words)), np.float32)
    # Row t of the attention predicts target token t + 1; the columns of both special tokens are dropped.
    for word, row in zip(target_index, captured[0][:-1, 1:-1].cpu().numpy(), strict=True):
        np.add.at(weights[word], source_index, row)
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    return AlignedSentence(_written(sentence, source_words), _written(translation, target_words), weights)


def words_of(tokens: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Words, and the index of the word that each token belongs to.

    >>> words_of(["▁J", "'", "adore", "▁ça"])
    (("J'adore", 'ça'), [0, 0, 0, 1])
    """
    indices = (np.cumsum([token.startswith(SPACE) for token in tokens]) - 1).clip(0).tolist()
    words = [""] * (max(indices, default=-1) + 1)
    for token, index in zip(tokens, indices, strict=True):
        words[index] += token.removeprefix(SPACE)
    return tuple(words), indices


def _read(text: str) -> str:
    """As the model reads it: in plain characters, and not all in capitals."""
    return plain(text).capitalize() if is_upper(text) else plain(text)


def _written(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words as the text has them, where there are as many."""
    written = tuple(normalize(text).split())
    return written if len(written) == len(words) else words
