"""Beam search: keep the most probable continuations at each step, and the finished sequence with the best score.

The score of a sequence is the sum of its log-probabilities, divided by a penalty for its length (Wu et al. 2016,
arXiv:1609.08144, equation 14). Callers own the network, its cache and what they keep of each hypothesis.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from zoo.core.cancellation import check_cancelled

H = TypeVar("H")


@dataclass
class BeamSearch(Generic[H]):
    """``H``: what the caller keeps of a hypothesis, such as its ids.

    ``length_penalty``: the divisor for a sequence of so many tokens, its end token included. ``finish_from_all``:
    whether each beam's end token finishes a sequence at each step, as in the paper, or only one that is among the
    ``num_beams`` best continuations, as in transformers.
    """

    num_beams: int
    eos_token_id: int
    length_penalty: Callable[[int], float]
    finish_from_all: bool = False
    scores: Tensor = field(default_factory=lambda: torch.zeros(1))  # (beams,) sums of log-probabilities
    length: int = 0
    finished: list[tuple[float, H]] = field(default_factory=list)

    def step(self, log_probs: Tensor, hypotheses: Sequence[H]) -> tuple[Tensor, Tensor]:
        """One token more for each beam.

        ``log_probs``: (beams, vocab_size) of what follows each of ``hypotheses``; at the first step there is one.
        Returns (num_beams,) the beams that are continued, and (num_beams,) their new tokens. Raises CancelledJob when
        whoever asked has left.
        """
        check_cancelled()
        sums = self.scores.to(log_probs)[:, None] + log_probs  # (beams, vocab_size)
        self.length += 1
        ends = sums[:, self.eos_token_id].clone()
        if not self.finish_from_all:
            least = sums.flatten().topk(min(self.num_beams, sums.numel())).values[-1]
            ends[ends < least] = -torch.inf
        penalty = self.length_penalty(self.length)
        for hypothesis, score in zip(hypotheses, ends.tolist(), strict=True):
            if score > -torch.inf:
                self.finished.append((score / penalty, hypothesis))
        sums[:, self.eos_token_id] = -torch.inf
        self.scores, flat = sums.flatten().topk(min(self.num_beams, sums.numel()))
        return flat // sums.shape[1], flat % sums.shape[1]

    def ranked(self, running: Sequence[H] = ()) -> list[H]:
        """Hypotheses by their scores, the best first: the finished ones, and those ``running`` at this length."""
        penalty = self.length_penalty(self.length)
        scored = [(float(self.scores[beam]) / penalty, hypothesis) for beam, hypothesis in enumerate(running)]
        return [hypothesis for _, hypothesis in sorted(self.finished + scored, key=lambda pair: -pair[0])]

    def can_improve(self, max_length: int) -> bool:
        """Whether a running hypothesis may still overtake the best finished one: log-probabilities only fall."""
        best = max((score for score, _ in self.finished), default=-torch.inf)
        return float(self.scores[0]) / self.length_penalty(max_length) >= best
