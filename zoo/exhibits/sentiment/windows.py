"""A text of any length in windows that a network can read, and one prediction from those of the windows.

The networks were trained on at most 128 tokens. A longer text is divided between words, and its probabilities are the
mean of the windows' probabilities, weighted by their numbers of tokens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.exhibits.sentiment.knobs import MAX_TOKENS
from zoo.exhibits.sentiment.tokenization import TokenizedText

Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class WindowProbabilities:
    """``rows``: (N, K) probabilities of N texts. ``windows``: in how many windows each was read."""

    rows: Probabilities
    windows: tuple[int, ...]


def split_windows(text: TokenizedText, size: int = MAX_TOKENS) -> list[TokenizedText]:
    """A text's tokens in windows of at most ``size``, each with the special tokens that the text has at its ends.

    A window ends after a word. Only a word of more tokens than fit is divided.
    """
    if len(text.ids) <= size:
        return [text]
    inner = [position for position, word in enumerate(text.word_ids) if word >= 0]
    first, last = inner[0], inner[-1] + 1
    before, after = text.ids[:first], text.ids[last:]
    capacity = max(1, size - len(before) - len(after))
    windows: list[list[int]] = [[]]
    for _, group in groupby(range(first, last), key=lambda position: text.word_ids[position]):
        word = list(group)
        if windows[-1] and len(windows[-1]) + len(word) > capacity:
            windows.append([])
        for position in word:
            if len(windows[-1]) == capacity:
                windows.append([])
            windows[-1].append(position)
    return [
        replace(
            text,
            ids=(*before, *(text.ids[position] for position in window), *after),
            word_ids=(*(-1 for _ in before), *(text.word_ids[position] for position in window), *(-1 for _ in after)),
        )
        for window in windows
    ]


def padded(windows: Sequence[TokenizedText], pad_id: int) -> Tensor:
    """(B, T) ids."""
    ids = torch.full((len(windows), max(len(window.ids) for window in windows)), pad_id)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
    return ids


def window_weight(window: TokenizedText) -> int:
    """The number of tokens of a window's words; 1 for a text without any."""
    return max(1, sum(word >= 0 for word in window.word_ids))


def mean_probabilities(rows: Probabilities, windows: Sequence[TokenizedText]) -> Probabilities:
    """(W, C) probabilities of a text's windows -> (C,) of the text."""
    mean: Probabilities = np.average(rows, 0, [window_weight(window) for window in windows]).astype(np.float32)
    return mean


def without_tokens_of(text: TokenizedText, index: int, unk_id: int) -> TokenizedText:
    """The tokens of all words but one; the unknown token if none is left."""
    kept = [pair for pair in zip(text.ids, text.word_ids, strict=True) if pair[1] != index] or [(unk_id, 0)]
    ids, word_ids = zip(*kept, strict=True)
    return replace(text, ids=ids, word_ids=word_ids)


def predict_texts(
    texts: Sequence[TokenizedText],
    predict: Callable[[Sequence[TokenizedText]], Probabilities],
    size: int = MAX_TOKENS,
) -> WindowProbabilities:
    """The probabilities of texts of any length; ``predict`` gives those of windows of at most ``size``, a row each."""
    divided = [split_windows(text, size) for text in texts]
    rows = predict([window for windows in divided for window in windows])
    ends = np.cumsum([len(windows) for windows in divided])
    means = [
        rows[end - 1] if len(windows) == 1 else mean_probabilities(rows[end - len(windows) : end], windows)
        for windows, end in zip(divided, ends, strict=True)
    ]
    return WindowProbabilities(np.stack(means), tuple(len(windows) for windows in divided))
