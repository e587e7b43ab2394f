"""The loss of a network along two random directions of its weights (Li et al. 2018, arXiv:1712.09913)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from zoo.exhibits.digits.students import Student
from zoo.exhibits.digits.training_digits import training_digits

CELLS, REACH = 21, 1.0  # points along a side, from -1 to 1 times the directions
DIGITS = 250  # of the training digits, on which the loss is computed


@dataclass(frozen=True)
class Surface:
    """``losses``: (21, 21) at the steps ``positions`` along the second (rows) and the first direction (columns)."""

    positions: NDArray[np.float32]
    losses: NDArray[np.float32]


def _direction(weights: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Random, with the norm of each unit's weights as it is in the network; biases stay."""
    direction = {}
    for name, tensor in weights.items():
        random = torch.randn(tensor.shape, generator=generator).to(tensor.device)
        if tensor.ndim > 1:
            random *= tensor.norm(dim=1, keepdim=True) / random.norm(dim=1, keepdim=True).clamp(min=1e-9)
        else:
            random.zero_()
        direction[name] = random
    return direction


@torch.inference_mode()
def surface_rows(student: Student, seed: int = 0) -> Iterator[NDArray[np.float32]]:
    """The rows of the surface, each (21,). For the worker, a row a call."""
    training, _ = training_digits()
    spread = torch.linspace(0, len(training.labels) - 1, DIGITS).long()  # of all classes alike
    pictures, labels = training.pictures[spread].to(student.device), training.labels[spread].to(student.device)
    weights = {name: tensor.detach().clone() for name, tensor in student.network.state_dict().items()}
    generator = torch.Generator().manual_seed(seed)
    first, second = _direction(weights, generator), _direction(weights, generator)
    steps = torch.linspace(-REACH, REACH, CELLS).tolist()
    for down in steps:
        losses = []
        for right in steps:
            moved = {name: value + right * first[name] + down * second[name] for name, value in weights.items()}
            losses.append(float(F.cross_entropy(functional_call(student.network, moved, (pictures,)), labels)))
        yield np.array(losses, np.float32)


def loss_surface(student: Student, seed: int = 0) -> Surface:
    """All of it at once, which takes about a second. For the worker."""
    positions = np.linspace(-REACH, REACH, CELLS, dtype=np.float32)
    return Surface(positions, np.stack(list(surface_rows(student, seed))))
