"""Train the perceptron 784-128-10: the known recipe, plain SGD for ten epochs, and what better optimization gives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from training import run as runs
from training.digits.data import CHOICE, TRAINING, Digits, load_digits
from training.digits.warping import uniform, warp
from training.recipes import RecipeConfig
from training.schedule import one_cycle
from zoo.nets.digits import Centring, DigitMLP

HIDDEN = (128,)
SHIFT, TURN, STRETCH, SHEAR = 1.5, 0.2, 0.1, 0.2  # of a warped picture, at most: pixels, radians, factor, factor


class MLPConfig(RecipeConfig):
    epochs: int = Field(ge=1, description="Passes over the digits.")
    optimizer: Literal["sgd", "adamw"] = Field(description="Plain SGD at one rate, or AdamW with one cycle of rates.")
    learning_rate: float = Field(gt=0, description="The rate of SGD, or the peak of AdamW's.")
    batch_size: int = Field(ge=1, description="Digits in a batch.")
    warped: bool = Field(default=False, description="Move, turn, scale and shear each digit a little.")
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description="Mass spread evenly over the classes.")


def make_network(seed: int) -> DigitMLP:
    torch.manual_seed(seed)
    return DigitMLP(hidden=HIDDEN)


def warped(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 1, 28, 28) -> the same, each a little otherwise, and centred again."""
    count = len(pictures)
    draw = lambda most: uniform(count, -most, most, generator)  # noqa: E731
    return Centring()(warp(pictures, draw(TURN), 1 + draw(STRETCH), draw(SHEAR), draw(SHIFT), draw(SHIFT)))[:, :1]


@torch.inference_mode()
def loss_and_accuracy(network: nn.Module, pictures: Tensor, labels: Tensor) -> tuple[float, float]:
    """Cross-entropy and accuracy of normalised pictures."""
    logits = network.eval()(pictures)
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def _optimizer(network: nn.Module, config: MLPConfig) -> Optimizer:
    if config.optimizer == "sgd":
        return torch.optim.SGD(network.parameters(), config.learning_rate)
    return torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=0.02)


def epochs(network: nn.Module, digits: Digits, config: MLPConfig) -> Iterator[int]:
    """Train, and yield the number of each epoch once it is done."""
    generator = torch.Generator().manual_seed(config.seed)
    optimizer, pictures = _optimizer(network, config), digits.floats()
    steps = -(-len(pictures) // config.batch_size)
    scheduler = one_cycle(optimizer, config.epochs * steps) if config.optimizer == "adamw" else None
    for epoch in range(config.epochs):
        network.train()
        for indices in runs.shuffled(len(pictures), epoch).split(config.batch_size):
            inputs = warped(pictures[indices], generator) if config.warped else pictures[indices]
            loss = F.cross_entropy(network(inputs), digits.labels[indices], label_smoothing=config.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler:
                scheduler.step()
        yield epoch + 1


def train(data: Path, name: str, config: MLPConfig) -> None:
    """Write .checkpoints/NAME.pt; after each epoch the loss and the accuracy on the part for choices are printed."""
    torch.set_flush_denormal(True)
    digits = load_digits(data)
    network, choice = make_network(config.seed), digits.part(CHOICE)
    pictures = (
        torch.cat([Centring()(part) for part in choice.floats().split(500)]) if config.warped else choice.floats()
    )
    for epoch in epochs(network, digits.part(TRAINING), config):
        loss, accuracy = loss_and_accuracy(network, pictures, choice.labels)
        print(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f}", flush=True)
    runs.CHECKPOINTS.mkdir(exist_ok=True)
    state = {"step": config.epochs, "total": config.epochs, "network": network.state_dict()}
    torch.save(state, runs.CHECKPOINTS / f"{name}.pt")
