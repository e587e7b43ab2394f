"""A batch in shares, one for each of torch's threads (``OMP_NUM_THREADS``).

Convolutions of small pictures are hardly faster on two threads than on one; two of them at once take as long as one.
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor, nn

LossOf = Callable[[nn.Module, Tensor, torch.Generator], Tensor]  # of a network, for a batch's places, with its chance


def twin(network: nn.Module) -> nn.Module:
    """A network with the same numbers, which move with its own; with gradients and running statistics of its own."""
    other = copy.deepcopy(network)
    for own, shared in zip(other.parameters(), network.parameters(), strict=True):
        own.data = shared.data
    return other


class Shares:
    """The gradient of ``network`` over a batch, the mean over its shares; the first share's statistics are kept."""

    def __init__(self, network: nn.Module, generator: torch.Generator) -> None:
        self.count, self.generator = torch.get_num_threads(), generator
        self.networks = [network, *(twin(network) for _ in range(self.count - 1))]
        self.pool = ThreadPoolExecutor(self.count, initializer=partial(torch.set_flush_denormal, True))

    def backward(self, chosen: Tensor, loss_of: LossOf) -> float:
        """Put the gradient of ``loss_of`` into the network's parameters; the loss."""
        seeds = torch.randint(2**31, (self.count,), generator=self.generator).tolist()
        losses = list(self.pool.map(partial(share, loss_of), self.networks, chosen.chunk(self.count), seeds))
        torch.set_num_threads(self.count)  # for the sum, and for the step that follows
        for own, *others in zip(*(network.parameters() for network in self.networks), strict=True):
            if own.grad is not None:
                for other in others:
                    own.grad += other.grad
                own.grad /= self.count
        return sum(losses) / self.count


def share(loss_of: LossOf, network: nn.Module, chosen: Tensor, seed: int) -> float:
    torch.set_num_threads(1)
    network.zero_grad()
    loss = loss_of(network, chosen, torch.Generator().manual_seed(seed))
    loss.backward()
    return loss.item()
