"""Texts in the windows that a classifier reads, and means over them: what a prediction of the zoo computes too."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo.core.runtime import get_runtime
from zoo.core.steps import PAUSE, Steps
from zoo.exhibits.sentiment import OwnClassifier, TokenizedText, padded, split_windows, window_weight

Floats = NDArray[np.float32]
TEXTS_A_STEP = 64
TOKENS_A_STEP = 1500  # a tenth of a second of the language model


@dataclass(frozen=True)
class Windows:
    """``tokens``: the windows of all texts. ``owner``: (W,) the index of each one's text; ``weight``: (W,)."""

    tokens: tuple[TokenizedText, ...]
    owner: NDArray[np.int64]
    weight: Floats

    @property
    def texts(self) -> int:
        return int(self.owner.max(initial=-1)) + 1

    def mean(self, rows: Floats) -> Floats:
        """(W, D) of windows -> (N, D) of texts: the mean, weighted by their tokens."""
        total = np.zeros((self.texts, rows.shape[1]), np.float32)
        np.add.at(total, self.owner, rows * self.weight[:, None])
        weights = np.bincount(self.owner, self.weight, self.texts).astype(np.float32)
        return total / weights[:, None]

    def probabilities(self, logits: Floats, temperature: float) -> Floats:
        """(W, K) logits of windows -> (N, K) probabilities of texts."""
        return self.mean((torch.from_numpy(logits) / temperature).softmax(1).numpy())


def divided(classifier: OwnClassifier, texts: Sequence[str]) -> Steps[Windows]:
    """The windows of texts, in their order; a job."""
    tokens: list[TokenizedText] = []
    owner: list[int] = []
    for start in range(0, len(texts), TEXTS_A_STEP):
        batch = get_runtime().run(partial(classifier.tokenize, texts[start : start + TEXTS_A_STEP]))
        for index, text in enumerate(batch, start):
            windows = split_windows(text, classifier.window)
            tokens += windows
            owner += [index] * len(windows)
        yield PAUSE
    weight = np.array([window_weight(window) for window in tokens], np.float32)
    return Windows(tuple(tokens), np.array(owner, np.int64), weight)


def batches(windows: Sequence[TokenizedText], tokens: int = TOKENS_A_STEP) -> list[list[int]]:
    """Indices of windows of similar lengths, in batches of about so many tokens, padding counted."""
    order = sorted(range(len(windows)), key=lambda index: len(windows[index].ids))
    result: list[list[int]] = []
    for index in order:
        if not result or (len(result[-1]) + 1) * len(windows[index].ids) > tokens:
            result.append([])
        result[-1].append(index)
    return result


def computed(windows: Windows, pad_id: int, function: Callable[[Tensor], Tensor]) -> Steps[Floats]:
    """(W, D): ``function`` of the padded ids of batches; a job. Without gradients."""
    rows: list[Floats] = [np.empty(0, np.float32)] * len(windows.tokens)
    started = time.perf_counter()
    for batch in batches(windows.tokens):
        ids = padded([windows.tokens[index] for index in batch], pad_id)
        values = get_runtime().run(partial(_without_gradient, function, ids))
        for index, row in zip(batch, values, strict=True):
            rows[index] = row
        if time.perf_counter() - started > 0.05:
            yield PAUSE
            started = time.perf_counter()
    return np.stack(rows)


def _without_gradient(function: Callable[[Tensor], Tensor], ids: Tensor) -> Floats:
    with torch.inference_mode():
        values: Floats = function(ids).float().cpu().numpy()
        return values
