"""A perceptron that learns digits, one step at a time: its visitor's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from zoo.core.diverging import Diverged, StoppingTraining, update_within_bounds
from zoo.exhibits.digits.advice import DIVERGED, advice
from zoo.exhibits.digits.knobs import StudentKnobs
from zoo.exhibits.digits.predict import centred_ink
from zoo.exhibits.digits.training_digits import training_digits
from zoo.nets.digits import DigitMLP

VALIDATE_EVERY = 20  # steps


@dataclass(frozen=True)
class Validation:
    """Cross-entropy and accuracy on the 1,000 validation digits."""

    loss: float
    accuracy: float


class Student:
    """A network with its optimiser. Made and used on the runtime's worker alone."""

    def __init__(self, knobs: StudentKnobs, device: str) -> None:
        training, validation = training_digits()
        self.knobs, self.device = knobs, device
        self.network = DigitMLP(hidden=[knobs.width] * knobs.layers, activation=knobs.activation).to(device)
        self._pictures, self._labels = training.pictures.to(device), training.labels.to(device)
        self._held_out = validation.pictures.to(device), validation.labels.to(device)
        self._optimiser = _optimiser(self.network, knobs)
        self._order = torch.empty(0, dtype=torch.long)
        self.steps, self.diverged = 0, ""
        self.latest = self.validate()
        self._first = self._worst = self.latest.loss

    def step(self) -> Mapping[str, float]:
        """One update of the weights; the loss of its batch, and the latest loss and accuracy of the validation.

        Raises Diverged where numbers grow without bound, from then on at each call; the weights stay as before that.
        """
        if self.diverged:
            raise Diverged(self.diverged)
        if len(self._order) < self.knobs.batch_size:
            self._order = torch.randperm(len(self._labels))
        batch, self._order = self._order[: self.knobs.batch_size], self._order[self.knobs.batch_size :]
        self.network.train()
        loss = F.cross_entropy(self.network(self._pictures[batch]), self._labels[batch])
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if not (loss.isfinite() and update_within_bounds(self._optimiser, self.network.parameters())):
            self.diverged = DIVERGED.format(step=self.steps + 1)
            raise Diverged(self.diverged)
        self.steps += 1
        if self.steps % VALIDATE_EVERY == 0 or self.steps < VALIDATE_EVERY:
            self.latest = self.validate()
            self._worst = max(self._worst, self.latest.loss)
        return {
            "loss": float(loss.detach()),
            "validation loss": self.latest.loss,
            "validation accuracy": self.latest.accuracy,
        }

    def advice(self) -> str:
        """What to change where it does not learn; empty where it does."""
        if self.diverged:
            return self.diverged
        return advice(self.steps, self._first, self._worst, self.latest.loss, self.latest.accuracy)

    @torch.inference_mode()
    def validate(self) -> Validation:
        """On the digits that it does not learn from."""
        pictures, labels = self._held_out
        logits = self.network.eval()(pictures)
        accuracy = (logits.argmax(1) == labels).float().mean()
        return Validation(float(F.cross_entropy(logits, labels)), float(accuracy))

    @torch.inference_mode()
    def probabilities(self, pictures: Tensor) -> NDArray[np.float32]:
        """(N, 10) of (N, 1, 28, 28)."""
        rows: NDArray[np.float32] = self.network.eval()(pictures.to(self.device)).softmax(1).cpu().numpy()
        return rows

    def first_weights(self) -> NDArray[np.float32]:
        """(units, 28, 28): of the first layer, which are the outputs' where there is no hidden one."""
        layer = self.network.layers[0] if len(self.network.layers) else self.network.head
        assert isinstance(layer, nn.Linear)
        weights: NDArray[np.float32] = layer.weight.detach().view(-1, 28, 28).cpu().numpy().copy()
        return weights


def _optimiser(network: nn.Module, knobs: StudentKnobs) -> Optimizer:
    parameters, rate = network.parameters(), knobs.learning_rate
    match knobs.optimiser:
        case "SGD":
            return torch.optim.SGD(parameters, rate)
        case "SGD with momentum":
            return torch.optim.SGD(parameters, rate, momentum=0.9)
        case "RMSprop":
            return torch.optim.RMSprop(parameters, rate)
        case "Adam":
            return torch.optim.Adam(parameters, rate)


StudentTraining: TypeAlias = StoppingTraining[Student]


def live(knobs: StudentKnobs) -> StudentTraining:
    """A training that its user advances, until it diverges. Raises BusyError when there are too many."""
    return StoppingTraining(lambda device: Student(knobs, device), knobs.seed)


def state_of(student: Student) -> bytes:
    """The weights as a safetensors file, with the knobs in its metadata. For the worker."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in student.network.state_dict().items()}
    return save(tensors, {"knobs": student.knobs.model_dump_json()})


def student_answer(student: Student, ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """(10,) probabilities for (H, W) ink in [0, 1]. For the worker."""
    row: NDArray[np.float32] = student.probabilities(centred_ink(ink)[:, :1])[0]
    return row
