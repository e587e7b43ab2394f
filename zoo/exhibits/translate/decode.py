"""From logits to a translation: greedy search, and beam search with a length penalty."""

from functools import partial

import torch
from torch import Tensor

from zoo.core.beam_search import BeamSearch
from zoo.nets.translator import Translator

MIN_LIMIT, MAX_LIMIT = 10, 128  # tokens of a translation; between them, at most twice as many as its source has


def length_limits(network: Translator, source: Tensor) -> list[int]:
    """How many tokens each translation of (B, S) may have."""
    limits: list[int] = (2 * (source != network.pad_id).sum(1)).clamp(MIN_LIMIT, MAX_LIMIT).tolist()
    return limits


def length_penalty(length: int, alpha: float) -> float:
    """The divisor of a sum of log-probabilities, or short translations would win (Wu et al. 2016, arXiv:1609.08144)."""
    return float(((5 + length) / 6) ** alpha)


@torch.inference_mode()
def greedy_search(network: Translator, source: Tensor) -> list[list[int]]:
    """The token ids of the translations of (B, S), the most probable token at each step, without special tokens."""
    limits, encoded, cache = length_limits(network, source), network.encode(source), None
    token = torch.full((len(source), 1), network.bos_id, device=source.device)
    outputs: list[Tensor] = []
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    for _ in range(max(limits)):
        logits, cache = network.decode(token, encoded, cache)
        if not outputs:
            logits[:, -1, network.eos_id] = -torch.inf  # an empty translation is none
        token = logits[:, -1:].argmax(2)  # (B, 1)
        ended |= token[:, 0] == network.eos_id
        if bool(ended.all()):
            break
        outputs.append(token)
    rows = torch.cat(outputs, 1).tolist() if outputs else [[] for _ in limits]
    limited = [row[:limit] for row, limit in zip(rows, limits, strict=True)]
    return [row[: row.index(network.eos_id)] if network.eos_id in row else row for row in limited]


@torch.inference_mode()
def beam_search(network: Translator, source: Tensor, num_beams: int, alpha: float = 0.6) -> list[int]:
    """The token ids of the translation of (1, S) with the best score of those that ``num_beams`` prefixes led to.

    The score is the sum of log-probabilities over ``length_penalty(length, alpha)``.
    """
    (limit,), (sources, source_mask) = length_limits(network, source), network.encode(source)
    prefixes, cache = torch.full((1, 1), network.bos_id, device=source.device), None  # (beams, T)
    search: BeamSearch[list[int]] = BeamSearch(
        num_beams, network.eos_id, partial(length_penalty, alpha=alpha), finish_from_all=True
    )
    while search.length < limit and search.can_improve(limit):
        beams = len(prefixes)
        expanded = [(keys.expand(beams, -1, -1, -1), values.expand(beams, -1, -1, -1)) for keys, values in sources]
        logits, cache = network.decode(prefixes[:, -1:], (expanded, source_mask), cache)
        if not search.length:
            logits[:, -1, network.eos_id] = -torch.inf  # an empty translation is none
        rows, tokens = search.step(logits[:, -1].log_softmax(1), prefixes[:, 1:].tolist())
        prefixes = torch.cat((prefixes[rows], tokens[:, None]), 1)
        cache = [(keys[rows], values[rows]) for keys, values in cache]
    return search.ranked()[0]
