"""What a next sub-word is drawn from: logits of (B, vocabulary) in, logits out, minus infinity where nothing is left.

In the order in which transformers applies them, and equal to its processors.
"""

import torch
from torch import Tensor


def penalised(logits: Tensor, said: Tensor, penalty: float) -> Tensor:
    """What was ``said``, (B, T), becomes less likely: logits above zero are divided by ``penalty``, others multiplied
    (Keskar et al. 2019, arXiv:1909.05858)."""
    scores = logits.gather(1, said)
    return logits.scatter(1, said, torch.where(scores < 0, scores * penalty, scores / penalty))


def heated(logits: Tensor, temperature: float) -> Tensor:
    """Above 1 the odds draw nearer to each other, below 1 they part."""
    return logits / temperature


def top_k(logits: Tensor, k: int) -> Tensor:
    """The ``k`` likeliest stay (Fan et al. 2018, arXiv:1805.04833)."""
    least = logits.topk(min(k, logits.shape[1])).values[:, -1:]
    return logits.masked_fill(logits < least, -torch.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """The fewest likeliest whose odds reach ``p`` together stay, one at the least (Holtzman et al. 2019,
    arXiv:1904.09751)."""
    ordered, places = logits.sort(descending=False)
    gone = ordered.softmax(1).cumsum(1) <= 1 - p
    gone[:, -1] = False
    return logits.masked_fill(gone.scatter(1, places, gone), -torch.inf)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Those stay whose odds are at least ``p`` of the likeliest one's (Nguyen et al. 2024, arXiv:2407.01082)."""
    odds = logits.softmax(1)
    return logits.masked_fill(odds < p * odds.amax(1, keepdim=True), -torch.inf)
