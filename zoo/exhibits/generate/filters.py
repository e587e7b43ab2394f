"""Logits processors: (B, vocab_size) logits in, logits out, minus infinity for removed tokens.

They are applied in the order of transformers, and each equals the processor of that name there.
"""

import torch
from torch import Tensor

from zoo.exhibits.generate.knobs import GenerateKnobs


def process_logits(logits: Tensor, ids: Tensor, knobs: GenerateKnobs) -> Tensor:
    """All processors that ``knobs`` ask for: the penalty always, the others where tokens are sampled."""
    if knobs.repetition_penalty > 1:
        logits = apply_repetition_penalty(logits, ids, knobs.repetition_penalty)
    if not knobs.is_random:
        return logits
    logits = apply_temperature(logits, knobs.temperature)
    if knobs.top_k:
        logits = filter_top_k(logits, knobs.top_k)
    if knobs.top_p < 1:
        logits = filter_top_p(logits, knobs.top_p)
    return filter_min_p(logits, knobs.min_p) if knobs.min_p else logits


def apply_repetition_penalty(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Lower the logits of tokens that are among ``ids``, (B, T).

    Positive ones are divided by ``penalty``, negative ones multiplied (Keskar et al. 2019, arXiv:1909.05858).
    """
    scores = logits.gather(1, ids)
    return logits.scatter(1, ids, torch.where(scores < 0, scores * penalty, scores / penalty))


def apply_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Divide the logits: above 1 the distribution becomes flatter, below 1 sharper, and greedy in the limit of 0."""
    scaled = logits / temperature
    if scaled.isfinite().all():
        return scaled
    # The quotients overflow. Those of the distances to the highest logit do so to minus infinity, which is the limit.
    return ((logits - logits.amax(1, keepdim=True)).double() / temperature).to(logits.dtype)


def filter_top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the ``k`` most probable tokens (Fan et al. 2018, arXiv:1805.04833)."""
    threshold = logits.topk(min(k, logits.shape[1])).values[:, -1:]
    return logits.masked_fill(logits < threshold, -torch.inf)


def filter_top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the fewest most probable tokens whose probabilities add up to ``p``, at least one.

    Nucleus sampling (Holtzman et al. 2019, arXiv:1904.09751).
    """
    ascending, indices = logits.sort(descending=False)
    removed = ascending.softmax(1).cumsum(1) <= 1 - p
    removed[:, -1] = False
    return logits.masked_fill(removed.scatter(1, indices, removed), -torch.inf)


def filter_min_p(logits: Tensor, p: float) -> Tensor:
    """Keep tokens with at least ``p`` times the highest probability (Nguyen et al. 2024, arXiv:2407.01082)."""
    probabilities = logits.softmax(1)
    return logits.masked_fill(probabilities < p * probabilities.amax(1, keepdim=True), -torch.inf)
