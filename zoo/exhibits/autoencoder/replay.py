"""The pictures that a stream has brought so far, of which each batch may hold some again (experience replay)."""

import torch
from torch import Tensor

from zoo.nets.autoencoder import SIDE

CAPACITY = 512  # pictures: 6.3 MB


class ReplayBuffer:
    """At most ``capacity`` different pictures, every one of a longer stream with the same chance (reservoir sampling).

    Vitter 1985, doi:10.1145/3147.3165. A picture that is in it already is not added again: the same one a thousand
    times does not crowd out the others. Random numbers are those of torch's global generator.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity, self.offered = capacity, 0  # ``offered``: different pictures of the stream
        self._pictures: list[Tensor] = []
        self._keys: list[bytes] = []

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, picture: Tensor) -> None:
        """Add one, (3, 64, 64) uint8."""
        key = picture.numpy().tobytes()
        if key in set(self._keys):
            return
        self.offered += 1
        if len(self) < self.capacity:
            self._pictures.append(picture)
            self._keys.append(key)
            return
        place = int(torch.randint(self.offered, ()))
        if place < self.capacity:
            self._pictures[place], self._keys[place] = picture, key

    def sample(self, count: int) -> Tensor:
        """(at most ``count``, 3, 64, 64) uint8, different ones, at random."""
        chosen = torch.randperm(len(self))[:count].tolist()
        return stacked([self._pictures[index] for index in chosen])

    @property
    def pictures(self) -> Tensor:
        """(N, 3, 64, 64) uint8, in the order in which they came until there were more than fit."""
        return stacked(self._pictures)


def spread(pictures: Tensor, count: int) -> Tensor:
    """At most ``count`` of (N, ...) pictures, evenly from the first to the last."""
    places = torch.linspace(0, len(pictures) - 1, min(count, len(pictures))).round().long()
    return pictures[places]


def stacked(pictures: list[Tensor]) -> Tensor:
    """(N, 3, 64, 64) uint8, also of none."""
    return torch.stack(pictures) if pictures else torch.empty((0, 3, SIDE, SIDE), dtype=torch.uint8)
