"""What the recipes for CIFAR-10 share: the network, its accuracy with and without attacks, and the epochs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import Optimizer

from training import run as runs
from training.adversarial.cifar import Images, load_cifar10
from training.data_parallel import DataParallel, LossFunction
from training.recipes import RecipeConfig
from training.schedule import find_learning_rate
from zoo.core.loading import NormalizedModel
from zoo.exhibits.adversarial.attacks import gradient_sign, pgd, random_start
from zoo.nets.resnet9 import ResNet9

ARCHITECTURE: dict[str, Any] = {"num_classes": 10, "stem_channels": 24, "channels": [64, 176, 256]}
MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
EPSILON = 8 / 255
EVALUATION_BATCH = 250
N_ATTACKED = 500  # held-out pictures whose accuracy under PGD is logged after each epoch
LOG_EVERY = 50  # steps
RANGE_TEST = (1e-3, 3.0)  # learning rates


class CifarConfig(RecipeConfig):
    epochs: int = Field(ge=1, description="Passes over the pictures.")
    learning_rate: float = Field(ge=0, description="Peak of the one-cycle policy; 0 runs the range test.")
    batch_size: int = Field(ge=1, description="Pictures in a batch.")
    init_from: str = Field(default="", description="Checkpoint to start from, by its name; empty for random weights.")


def make_network() -> NormalizedModel:
    """With its normalization inside, so that pixels and perturbations are in [0, 1]."""
    network = ResNet9(**ARCHITECTURE, flip_tta=True)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return NormalizedModel(network, MEAN, STD).to(memory_format=torch.channels_last)


@torch.inference_mode()
def logits(network: nn.Module, images: Tensor) -> Tensor:
    """(N, 10) for (N, 3, 32, 32) in [0, 1]."""
    network.eval()
    batches = images.split(EVALUATION_BATCH)
    return torch.cat([network(batch.to(memory_format=torch.channels_last)) for batch in batches])


def accuracy(network: nn.Module, held_out: Images) -> float:
    return (logits(network, held_out.floats()).argmax(1) == held_out.labels).float().mean().item()


def pgd_accuracy(network: nn.Module, held_out: Images) -> float:
    """Accuracy under ten steps of PGD, on evenly spaced held-out pictures."""
    indices = torch.arange(0, len(held_out.labels), max(1, len(held_out.labels) // N_ATTACKED))
    clean, labels = held_out.floats(indices), held_out.labels[indices]
    network.eval()
    start = random_start(clean, EPSILON, torch.Generator().manual_seed(0))
    (*_, adversarial) = pgd(partial(gradient_sign, network, labels=labels), clean, EPSILON, EPSILON / 4, 10, start)
    return (logits(network, adversarial).argmax(1) == labels).float().mean().item()


def sgd(network: nn.Module, learning_rate: float) -> torch.optim.SGD:
    """Nesterov momentum; weight decay for matrices and filters alone."""
    matrices = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in network.parameters() if parameter.ndim == 1]
    groups = [{"params": matrices, "lr": learning_rate}, {"params": vectors, "lr": learning_rate, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, momentum=0.9, nesterov=True, weight_decay=5e-4)


def checkpoint(name: str) -> Path:
    """Where a run of that name saves its state."""
    return runs.CHECKPOINTS / f"{name}.pt"


def prepare(data: Path, config: CifarConfig) -> tuple[NormalizedModel, Images, Images, torch.Generator]:
    """(network, training pictures, held-out pictures, generator), all seeded."""
    torch.set_flush_denormal(True)
    torch.manual_seed(config.seed)
    network = make_network()
    runs.load_weights(network, checkpoint(config.init_from) if config.init_from else None)
    return network, *load_cifar10(data), torch.Generator().manual_seed(config.seed)


def fit(
    name: str,
    config: CifarConfig,
    network: nn.Module,
    training: Images,
    loss_function: LossFunction,
    measure: Callable[[], dict[str, float]],
    generator: torch.Generator,
    make_optimizer: Callable[[nn.Module, float], Optimizer] = sgd,
) -> None:
    """Train for the config's epochs into .checkpoints/NAME.pt; a rate of 0 prints the range test's curve instead."""
    optimizer = make_optimizer(network, config.learning_rate or 0.1)
    count = len(training.labels)
    if not config.learning_rate:
        batches = iter(torch.randperm(count, generator=generator).split(config.batch_size))
        next_loss = lambda: loss_function(network, next(batches), generator)  # noqa: E731
        for rate, loss in find_learning_rate(optimizer, next_loss, *RANGE_TEST):
            print(f"{rate:.2e} {loss:.4f}", flush=True)
        return
    run = runs.Run(name, network, optimizer, generator, count, config.batch_size, [32] * config.epochs)
    parallel = DataParallel(network, generator)
    for step, _, indices in run.steps():
        loss = parallel.backward(indices, loss_function)
        run.step()
        if step % LOG_EVERY == 0:
            run.log(step, loss=loss)
        if step % run.steps_per_epoch == 0:
            run.log(step, **measure())
