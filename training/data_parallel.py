"""Data parallelism over torch's threads (``OMP_NUM_THREADS``): each computes a shard of the batch.

Convolutions of small images are hardly faster on two threads than on one; two of them at once take as long as one.
"""

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor, nn

# (network, indices of the shard's samples, generator) -> loss
LossFunction = Callable[[nn.Module, Tensor, torch.Generator], Tensor]


def replicate(network: nn.Module) -> nn.Module:
    """A replica that shares the parameters' memory; gradients and running statistics are its own."""
    replica = copy.deepcopy(network)
    for parameter, shared in zip(replica.parameters(), network.parameters(), strict=True):
        parameter.data = shared.data
    return replica


class DataParallel:
    """The gradient of ``network`` over a batch: the mean over shards. Running statistics are those of the first."""

    def __init__(self, network: nn.Module, generator: torch.Generator) -> None:
        self.count, self.generator = torch.get_num_threads(), generator
        self.replicas = [network, *(replicate(network) for _ in range(self.count - 1))]
        self.pool = ThreadPoolExecutor(self.count, initializer=partial(torch.set_flush_denormal, True))

    def backward(self, indices: Tensor, loss_function: LossFunction) -> float:
        """Put the gradient of ``loss_function`` into the network's parameters; returns the loss."""
        seeds = torch.randint(2**31, (self.count,), generator=self.generator).tolist()
        call = partial(backward_shard, loss_function)
        losses = list(self.pool.map(call, self.replicas, indices.chunk(self.count), seeds))
        torch.set_num_threads(self.count)  # for the sum, and for the optimizer's step
        for parameter, *copies in zip(*(replica.parameters() for replica in self.replicas), strict=True):
            if parameter.grad is not None:
                for other in copies:
                    parameter.grad += other.grad
                parameter.grad /= self.count
        return sum(losses) / self.count


def backward_shard(loss_function: LossFunction, network: nn.Module, indices: Tensor, seed: int) -> float:
    """One thread's part."""
    torch.set_num_threads(1)
    network.zero_grad()
    loss = loss_function(network, indices, torch.Generator().manual_seed(seed))
    loss.backward()
    return loss.item()
