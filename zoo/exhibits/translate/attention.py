"""Cross-attention weights between the words of a sentence and those of its translation.

The weights of the decoder's last layer, averaged over its heads (Bahdanau et al. 2014, arXiv:1409.0473). Weights of
tokens are summed over the tokens of a word, and special tokens are left out.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.translate.knobs import TranslateKnobs
from zoo.exhibits.translate.predict import chosen_model, tokenize, translate, translator_card
from zoo.exhibits.translate.results import AlignedSentence, Alignment
from zoo.exhibits.translate.text import normalize

if TYPE_CHECKING:
    from zoo.core.loading import TokenizedModel
    from zoo.nets.translator import KVCache

SPACE = "▁"  # begins the tokens that begin a word


def alignment(text: str, knobs: TranslateKnobs | None = None) -> Alignment:
    """Translate a text, and give the attention weights of each sentence.

    Raises what ``translate`` raises, and InputError for the engine marian.
    """
    knobs = knobs or TranslateKnobs()
    _check_bundled(chosen_model(knobs))
    result = translate(text, knobs)
    sentences = tuple(
        align(pair.source, pair.translation, result.model) for pair in result.sentences if pair.translation.strip()
    )
    return Alignment(result.translation, sentences, result.model, result.restriction)


def align(sentence: str, translation: str, model: str) -> AlignedSentence:
    """The attention weights of one sentence for a translation of it.

    Raises InputError for a model that is not one of the bundled translators.
    """
    _check_bundled(model)
    return get_runtime().run(partial(_align, normalize(sentence), normalize(translation)), model)


def _check_bundled(model: str) -> None:
    if translator_card(model).source != "bundled":
        raise InputError(f"There are no attention weights of {model}: choose the engine bundled.")


def _align(sentence: str, translation: str, model: "TokenizedModel") -> AlignedSentence:
    source, target = tokenize([sentence], model), tokenize([translation], model)[:, :-1]
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
    return AlignedSentence(source_words, target_words, weights / np.maximum(weights.sum(1, keepdims=True), 1e-9))


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
