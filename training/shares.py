"""A batch in two shares, each on a thread of its own.

Convolutions of small pictures are hardly faster on two threads than on one; two of them at once take as long as one.
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor, nn

SHARES = 2
LossOf = Callable[[nn.Module, Tensor, torch.Generator], Tensor]  # of a network, for a batch's places, with its chance


def twin(network: nn.Module) -> nn.Module:
    """A network with the same numbers, which move with its own; with gradients and running statistics of its own."""
    other = copy.deepcopy(network)
    for own, shared in zip(other.parameters(), network.parameters(), strict=True):
        own.data = shared.data
    return other


class Shares:
    """The gradient of ``network`` over a batch, the mean over its shares; the first share's statistics are kept."""

    def __init__(self, network: nn.Module, loss_of: LossOf, generator: torch.Generator) -> None:
        self.networks = [network, *(twin(network) for _ in range(SHARES - 1))]
        self.loss_of, self.generator = loss_of, generator
        torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(SHARES, initializer=partial(torch.set_flush_denormal, True))

    def backward(self, chosen: Tensor) -> float:
        """Put the gradient into the network's parameters; the loss."""
        seeds = torch.randint(2**31, (SHARES,), generator=self.generator).tolist()
        losses = list(self.pool.map(self._share, self.networks, chosen.chunk(SHARES), seeds))
        for own, *others in zip(*(network.parameters() for network in self.networks), strict=True):
            if own.grad is not None:
                own.grad = torch.stack([own.grad, *(other.grad for other in others)]).mean(0)
        return sum(losses) / SHARES

    def _share(self, network: nn.Module, chosen: Tensor, seed: int) -> float:
        network.zero_grad()
        loss = self.loss_of(network, chosen, torch.Generator().manual_seed(seed))
        loss.backward()
        return loss.item()
