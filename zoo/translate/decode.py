"""From logits to a sentence: the likeliest sub-word at each step, or the likeliest of several beginnings."""

import torch
from torch import Tensor

from zoo.nets.translator import BEGIN, END, Translator

LONGEST = 128  # sub-words; a translation is at most twice as long as its source, and at least ten


def _limit(source: Tensor) -> int:
    return min(LONGEST, max(10, 2 * source.shape[1]))


@torch.inference_mode()
def greedy(network: Translator, source: Tensor) -> list[int]:
    """The sub-words of a translation of (1, S), without its ends."""
    read, past = network.read(source), None
    token, said = torch.tensor([[BEGIN]], device=source.device), []
    for _ in range(_limit(source)):
        logits, past = network.write(token, read, past)
        token = logits[:, -1:].argmax(2)
        if int(token) == END:
            break
        said.append(int(token))
    return said


@torch.inference_mode()
def beam(network: Translator, source: Tensor, width: int, penalty: float = 0.6) -> list[int]:
    """As ``greedy``, but the best of those that ``width`` beginnings kept side by side led to.

    A sum of log-probabilities is divided by ``((5 + length) / 6) ** penalty``, or short ones would win (Wu et al.
    2016, arXiv:1609.08144).
    """
    sources, there = network.read(source)
    said = torch.full((1, 1), BEGIN, device=source.device)
    scores, past = torch.zeros(1, device=source.device), None
    ended: list[tuple[float, list[int]]] = []
    for length in range(1, _limit(source) + 1):
        wide = [(keys.expand(len(said), -1, -1, -1), values.expand(len(said), -1, -1, -1)) for keys, values in sources]
        logits, past = network.write(said[:, -1:], (wide, there), past)
        sums = scores[:, None] + logits[:, -1].log_softmax(1)
        ends = sums[:, END] / ((5 + length) / 6) ** penalty
        ended += [(float(score), row[1:].tolist()) for score, row in zip(ends, said, strict=True)]
        sums[:, END] = -torch.inf
        scores, chosen = sums.flatten().topk(min(width, sums.numel()))
        rows = chosen // sums.shape[1]
        said = torch.cat((said[rows], (chosen % sums.shape[1])[:, None]), 1)
        past = [(keys[rows], values[rows]) for keys, values in past]
        best = max(ended, key=lambda each: each[0])
        if float(scores[0]) / ((5 + _limit(source)) / 6) ** penalty < best[0]:
            break  # log-probabilities only fall: none can overtake any more
    return max(ended, key=lambda each: each[0])[1]
