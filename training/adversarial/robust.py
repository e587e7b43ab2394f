"""Adversarial training of a ResNet-9 on CIFAR-10: FGSM from a random start (Wong et al. 2020, arXiv:2001.03994)."""

from functools import partial
from pathlib import Path

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from training.adversarial.cifar import Images, random_shift_and_flip
from training.adversarial.training_loop import EPSILON, CifarConfig, accuracy, fit, pgd_accuracy, prepare
from training.data_parallel import LossFunction
from training.precision import autocast
from zoo.exhibits.adversarial.attacks import gradient_sign, pgd, random_start

STEP_SIZE = 1.25 * EPSILON


class RobustConfig(CifarConfig):
    epochs: int = Field(default=7, ge=1, description="Passes over the pictures.")
    learning_rate: float = Field(default=0.1, ge=0, description="Peak of the one-cycle policy; 0: the range test.")
    batch_size: int = Field(default=128, ge=1, description="Pictures in a batch.")


def train(data: Path, name: str, config: RobustConfig) -> None:
    """Writes .checkpoints/NAME.pt. Accuracy under PGD is logged too: it can collapse during such a training."""
    network, training, held_out, generator = prepare(data, config)
    measure = lambda: {"held_out": accuracy(network, held_out), "pgd10": pgd_accuracy(network, held_out)}  # noqa: E731
    fit(name, config, network, training, make_loss(training), measure, generator)


def make_loss(training: Images) -> LossFunction:
    """Cross-entropy on pictures after one step of FGSM from a random start within epsilon."""

    def loss_function(network: nn.Module, indices: Tensor, generator: torch.Generator) -> Tensor:
        network.train()
        labels = training.labels[indices]
        clean = random_shift_and_flip(training.floats(indices), generator).to(memory_format=torch.channels_last)
        start = random_start(clean, EPSILON, generator)
        (adversarial,) = pgd(partial(gradient_sign, network, labels=labels), clean, EPSILON, STEP_SIZE, 1, start)
        with autocast():
            outputs = network(adversarial)
        return F.cross_entropy(outputs.float(), labels)

    return loss_function
