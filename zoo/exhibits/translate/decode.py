"""From logits to a sentence: the likeliest sub-word at each step, or the likeliest of several beginnings."""

import torch
from torch import Tensor

from zoo.nets.translator import Translator

LONGEST = 128  # sub-words; a translation is at most twice as long as its source, and at least ten


def _limits(network: Translator, source: Tensor) -> list[int]:
    """How many sub-words each translation may have."""
    limits: list[int] = (2 * (source != network.pad).sum(1)).clamp(10, LONGEST).tolist()
    return limits


@torch.inference_mode()
def greedy(network: Translator, source: Tensor) -> list[list[int]]:
    """The sub-words of the translations of (B, S), each without its ends."""
    limits, read, past = _limits(network, source), network.read(source), None
    token = torch.full((len(source), 1), network.begin, device=source.device)
    said, ended = [], torch.zeros(len(source), dtype=torch.bool, device=source.device)
    for _ in range(max(limits)):
        logits, past = network.write(token, read, past)
        token = logits[:, -1:].argmax(2)
        ended |= token[:, 0] == network.end
        if bool(ended.all()):
            break
        said.append(token)
    rows = torch.cat(said, 1).tolist() if said else [[] for _ in limits]
    cut = [row[:limit] for row, limit in zip(rows, limits, strict=True)]
    return [row[: row.index(network.end)] if network.end in row else row for row in cut]


@torch.inference_mode()
def beam(network: Translator, source: Tensor, width: int, penalty: float = 0.6) -> list[int]:
    """The sub-words of the translation of (1, S): the best that ``width`` beginnings kept side by side led to.

    A sum of log-probabilities is divided by ``((5 + length) / 6) ** penalty``, or short ones would win (Wu et al.
    2016, arXiv:1609.08144).
    """
    (limit,), (sources, there) = _limits(network, source), network.read(source)
    said = torch.full((1, 1), network.begin, device=source.device)
    scores, past = torch.zeros(1, device=source.device), None
    ended: list[tuple[float, list[int]]] = []
    for length in range(1, limit + 1):
        wide = [(keys.expand(len(said), -1, -1, -1), values.expand(len(said), -1, -1, -1)) for keys, values in sources]
        logits, past = network.write(said[:, -1:], (wide, there), past)
        sums = scores[:, None] + logits[:, -1].log_softmax(1)
        ends = sums[:, network.end] / ((5 + length) / 6) ** penalty
        ended += [(float(score), row[1:].tolist()) for score, row in zip(ends, said, strict=True)]
        sums[:, network.end] = -torch.inf
        scores, chosen = sums.flatten().topk(min(width, sums.numel()))
        rows = chosen // sums.shape[1]
        said = torch.cat((said[rows], (chosen % sums.shape[1])[:, None]), 1)
        past = [(keys[rows], values[rows]) for keys, values in past]
        best = max(ended, key=lambda each: each[0])
        if float(scores[0]) / ((5 + limit) / 6) ** penalty < best[0]:
            break  # log-probabilities only fall: none can overtake any more
    return max(ended, key=lambda each: each[0])[1]
